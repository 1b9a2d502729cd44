#include "demo/echo_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <memory>

namespace naru::demo {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;
using boost::system::error_code;

class EchoSession : public Connections::Member, public std::enable_shared_from_this<EchoSession> {
 public:
  EchoSession(tcp::socket socket, Connections& connections) : Member(connections), socket_(std::move(socket)) {}

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error) return self->finish();
                              self->write(size);
                            });
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void write(std::size_t size) {
    boost::asio::async_write(socket_, boost::asio::buffer(buffer_, size),
                             [self = shared_from_this()](error_code error, std::size_t) {
                               if (!error) self->read();
                             });
  }

  void finish() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::socket socket_;
  std::array<char, 16384> buffer_;
};

}  // namespace

TcpEcho::TcpEcho(boost::asio::io_context& io, const tcp::endpoint& at, Connections& connections)
    : acceptor_(io, at, true), connections_(connections) {
  accept();
}

void TcpEcho::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) std::make_shared<EchoSession>(std::move(socket), connections_)->read();
    accept();
  });
}

UdpEcho::UdpEcho(boost::asio::io_context& io, const udp::endpoint& at, std::string name)
    : socket_(io, at), name_(std::move(name)) {
  receive();
}

void UdpEcho::receive() {
  socket_.async_receive_from(boost::asio::buffer(buffer_), from_, [this](error_code error, std::size_t size) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) reply(size);  // an ICMP error of an earlier reply is no reason to stop
    receive();
  });
}

void UdpEcho::reply(std::size_t size) {
  const std::string_view asked(buffer_.data(), size);
  const auto answer = asked == "whoami" ? boost::asio::buffer(name_) : boost::asio::buffer(buffer_, size);
  error_code ignored;
  socket_.send_to(answer, from_, 0, ignored);
}

}  // namespace naru::demo
