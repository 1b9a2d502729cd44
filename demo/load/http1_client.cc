// HTTP/1.1: connections are used in turn, so that they spread over what is behind the address.
#include <sys/socket.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <deque>
#include <optional>

#include "demo/load/client.h"

namespace naru::demo {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

class Http1Client;

/// Idle, or with one exchange.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::io_context& io, Http1Client& client) : stream_(io), client_(client) {}

  void connect(std::shared_ptr<Exchange> exchange);
  void send(std::shared_ptr<Exchange> exchange);
  /// Whether the server has left it open, as far as is known here.
  [[nodiscard]] bool usable();

 private:
  void receive();
  void received(error_code error);
  void failed(error_code error);

  beast::tcp_stream stream_;
  Http1Client& client_;
  std::shared_ptr<Exchange> exchange_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::optional<http::response_parser<http::string_body>> parser_;
};

class Http1Client final : public Client {
 public:
  Http1Client(boost::asio::io_context& io, ClientOptions options) : io_(io), options_(std::move(options)) {}

  void send(std::shared_ptr<Exchange> exchange) override {
    while (!idle_.empty() && (open_ >= options_.connections || !idle_.front()->usable())) {
      const auto connection = std::move(idle_.front());
      idle_.pop_front();
      if (connection->usable()) return connection->send(std::move(exchange));
      --open_;
    }
    ++open_;
    std::make_shared<Connection>(io_, *this)->connect(std::move(exchange));
  }

  void keep(std::shared_ptr<Connection> connection) { idle_.push_back(std::move(connection)); }
  void lost() { --open_; }
  [[nodiscard]] const ClientOptions& options() const { return options_; }

 private:
  boost::asio::io_context& io_;
  ClientOptions options_;
  std::deque<std::shared_ptr<Connection>> idle_;
  std::size_t open_{0};
};

void Connection::connect(std::shared_ptr<Exchange> exchange) {
  stream_.expires_after(client_.options().timeout);
  stream_.async_connect(client_.options().to, [self = shared_from_this(), exchange](error_code error) {
    if (!error) {
      self->stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), error);
      return self->send(exchange);
    }
    self->client_.lost();
    exchange->fail(error == beast::error::timeout ? Outcome::timeout : Outcome::connect, error.message());
  });
}

bool Connection::usable() {
  char byte{};
  return ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::send(std::shared_ptr<Exchange> exchange) {
  exchange_ = std::move(exchange);
  const auto method = exchange_->method() == "POST" ? http::verb::post : http::verb::get;
  request_ = {method, exchange_->path(), 11, exchange_->body()};
  request_.set(http::field::host, client_.options().host);
  request_.set("X-Ledger-Id", exchange_->id());
  request_.keep_alive(!client_.options().close);
  request_.prepare_payload();
  parser_.emplace();
  stream_.expires_after(client_.options().timeout);
  // An answer may come before the request has been sent, so an error in sending is not the last word.
  http::async_write(stream_, request_, [self = shared_from_this()](error_code, std::size_t) { self->receive(); });
}

void Connection::receive() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, std::size_t) { self->received(error); });
}

void Connection::received(error_code error) {
  if (parser_->is_header_done()) {
    exchange_->take_header(":status", std::to_string(parser_->get().result_int()));
    for (const auto* name : {"x-pod", "x-ledger-id", "x-naru-reason"}) {
      const auto value = parser_->get()[name];
      if (!value.empty()) exchange_->take_header(name, {value.data(), value.size()});
    }
  }
  if (error) return failed(error);
  exchange_->take_data(parser_->get().body());
  exchange_->complete();
  if (!parser_->get().keep_alive()) return client_.lost();
  stream_.expires_never();
  client_.keep(shared_from_this());
}

void Connection::failed(error_code error) {
  client_.lost();
  const bool started = parser_->got_some();
  if (error == beast::error::timeout) return exchange_->fail(Outcome::timeout, error.message());
  if (started) return exchange_->fail(Outcome::truncated, error.message());
  exchange_->fail(error == http::error::end_of_stream ? Outcome::eof : Outcome::reset, error.message());
}

}  // namespace

std::unique_ptr<Client> make_http1_client(boost::asio::io_context& io, const ClientOptions& options) {
  return std::make_unique<Http1Client>(io, options);
}

}  // namespace naru::demo
