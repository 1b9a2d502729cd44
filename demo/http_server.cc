#include "demo/http_server.h"

#include <boost/asio/io_context.hpp>

#include "demo/first_bytes.h"

namespace naru::demo {

using boost::asio::ip::tcp;
using boost::system::error_code;

HttpServer::HttpServer(boost::asio::io_context& io, const tcp::endpoint& at, Pod& pod, Connections& connections)
    : acceptor_(io, at, true), pod_(pod), connections_(connections) {
  acceptor_.non_blocking(true);
  accept();
}

void HttpServer::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) serve(std::move(socket));
    accept();
  });
}

void HttpServer::serve(tcp::socket socket) {
  std::make_shared<FirstBytes>(std::move(socket), pod_, connections_)->read();
}

void HttpServer::stop_accepting() {
  for (;;) {
    error_code error;
    auto socket = acceptor_.accept(error);
    if (error) break;
    serve(std::move(socket));
  }
  acceptor_.close();
}

}  // namespace naru::demo
