#include "demo/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>
#include <optional>

#include "demo/http_answer.h"

namespace naru::demo {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kBodyLimit = 256ULL << 20;
constexpr std::chrono::seconds kLinger(1);

/// One connection. Each step keeps it alive; it ends when no step follows.
class Session : public Connections::Member, public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Pod& pod, Connections& connections)
      : Member(connections), stream_(std::move(socket)), timer_(stream_.get_executor()), pod_(pod) {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    const auto local = stream_.socket().local_endpoint(ignored);
    address_ = local.address().to_string() + ":" + std::to_string(local.port());
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(kBodyLimit);
    http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void close() override {
    error_code ignored;
    timer_.cancel();
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

 private:
  void read_body() {
    if (parser_->get()[http::field::expect] == "100-continue") return send_continue();
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->respond();
    });
  }

  void send_continue() {
    parser_->get().erase(http::field::expect);
    continue_ = {http::status::continue_, parser_->get().version()};
    http::async_write(stream_, continue_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void respond() {
    auto next = answer(pod_, parser_->get(), address_, draining());
    response_ = std::move(next.response);
    if (next.after.count() == 0) return send();
    timer_.expires_after(next.after);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->send();
    });
  }

  void send() {
    if (draining()) response_.keep_alive(false);  // it may have begun since the request came
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (self->response_.keep_alive()) return self->read();
      self->linger();
    });
  }

  /// Closing over unread bytes would reset the connection, and the answer on its way with it (RFC 9112, 9.6).
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    discard();
  }

  void discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->discard();
    });
  }

  beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  Pod& pod_;
  std::string address_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::empty_body> continue_;
  Response response_;
};

}  // namespace

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
  std::make_shared<Session>(std::move(socket), pod_, connections_)->read();
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
