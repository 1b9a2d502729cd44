// HTTP/2 and gRPC: a few connections, each with many requests at a time. One that the server says goodbye to is
// replaced.
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "demo/http2_connection.h"
#include "demo/load/client.h"

namespace naru::demo {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

HeaderList headers_of(const Exchange& exchange, const std::string& host) {
  HeaderList out{{":method", std::string(exchange.method())},
                 {":scheme", "http"},
                 {":path", exchange.path()},
                 {":authority", host},
                 {"x-ledger-id", exchange.id()}};
  if (exchange.protocol() == Protocol::grpc) {
    out.emplace_back("content-type", "application/grpc");
    out.emplace_back("te", "trailers");
  } else if (!exchange.body().empty()) {
    out.emplace_back("content-length", std::to_string(exchange.body().size()));
  }
  return out;
}

class Connection final : public Http2Connection {
 public:
  Connection(tcp::socket socket, const ClientOptions& options)
      : Http2Connection(std::move(socket), Side::client), options_(options) {}

  [[nodiscard]] bool usable() { return !ended_ && nghttp2_session_check_request_allowed(session()) != 0; }
  void send(const std::shared_ptr<Exchange>& exchange);

 private:
  struct Stream {
    std::shared_ptr<Exchange> exchange;
    std::size_t sent{0};
    boost::asio::steady_timer timer;
  };

  void on_header(std::int32_t id, std::string_view name, std::string_view value) override;
  void on_data(std::int32_t id, std::string_view data) override;
  void on_message_end(std::int32_t id) override;
  void on_stream_closed(std::int32_t id, std::uint32_t code) override;
  void on_ended(error_code why) override;

  void watch(std::int32_t id, Stream& stream);
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) noexcept;

  const ClientOptions& options_;
  std::map<std::int32_t, Stream> streams_;
  bool ended_{false};
};

void Connection::send(const std::shared_ptr<Exchange>& exchange) {
  const auto headers = headers_of(*exchange, options_.host);
  const auto fields = to_nghttp2(headers);
  // The stream's number is known only afterwards, so the body is read through the exchange.
  nghttp2_data_provider body{};
  auto stream = Stream{exchange, 0, boost::asio::steady_timer(socket().get_executor())};
  body.read_callback = read_body;
  const bool bodiless = exchange->body().empty();
  const auto id =
      nghttp2_submit_request(session(), nullptr, fields.data(), fields.size(), bodiless ? nullptr : &body, this);
  if (id < 0) return exchange->fail(Outcome::connect, nghttp2_strerror(id));
  watch(id, streams_.emplace(id, std::move(stream)).first->second);
  flush();
}

ssize_t Connection::read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                              std::uint32_t* flags, nghttp2_data_source*, void*) noexcept {
  auto& self = *static_cast<Connection*>(nghttp2_session_get_stream_user_data(session, id));
  auto& stream = self.streams_.at(id);
  const auto now = stream.exchange->body().copy(reinterpret_cast<char*>(to), size, stream.sent);
  stream.sent += now;
  if (stream.sent == stream.exchange->body().size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(now);
}

void Connection::watch(std::int32_t id, Stream& stream) {
  stream.timer.expires_after(options_.timeout);
  stream.timer.async_wait([this, id, alive = weak_from_this()](error_code error) {
    const auto held = alive.lock();
    const auto found = error || !held ? streams_.end() : streams_.find(id);
    if (error || !held || found == streams_.end()) return;
    found->second.exchange->fail(Outcome::timeout, "no answer in time");
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    flush();
  });
}

void Connection::on_header(std::int32_t id, std::string_view name, std::string_view value) {
  const auto found = streams_.find(id);
  if (found != streams_.end()) found->second.exchange->take_header(name, value);
}

void Connection::on_data(std::int32_t id, std::string_view data) {
  const auto found = streams_.find(id);
  if (found != streams_.end()) found->second.exchange->take_data(data);
}

void Connection::on_message_end(std::int32_t id) {
  const auto found = streams_.find(id);
  if (found != streams_.end()) found->second.exchange->complete();
}

void Connection::on_stream_closed(std::int32_t id, std::uint32_t code) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto outcome = code == NGHTTP2_REFUSED_STREAM ? Outcome::refused : Outcome::reset;
  found->second.exchange->fail(outcome, nghttp2_http2_strerror(code));
  streams_.erase(found);
}

void Connection::on_ended(error_code why) {
  ended_ = true;
  const auto outcome = why == boost::asio::error::eof ? Outcome::eof : Outcome::reset;
  for (auto& [id, stream] : streams_) stream.exchange->fail(outcome, why.message());
  streams_.clear();
}

/// One place among the connections that are kept: what waits while it connects is sent as soon as it has.
class Slot {
 public:
  Slot(boost::asio::io_context& io, const ClientOptions& options) : options_(options), io_(io) {}

  void send(std::shared_ptr<Exchange> exchange) {
    if (connection_ && connection_->usable()) return connection_->send(exchange);
    waiting_.push_back(std::move(exchange));
    if (waiting_.size() == 1) connect();
  }

 private:
  void connect() {
    const auto socket = std::make_shared<tcp::socket>(io_);
    timer_.expires_after(options_.timeout);
    timer_.async_wait([socket](error_code error) {
      if (!error) socket->cancel(error);
    });
    socket->async_connect(options_.to, [this, socket](error_code error) {
      const bool late = timer_.expiry() <= std::chrono::steady_clock::now();
      timer_.cancel();
      error ? failed(late, error) : connected(std::move(*socket));
    });
  }

  void connected(tcp::socket socket) {
    connection_ = std::make_shared<Connection>(std::move(socket), options_);
    connection_->start();
    for (const auto& exchange : std::exchange(waiting_, {})) connection_->send(exchange);
  }

  void failed(bool late, error_code why) {
    const auto outcome = late ? Outcome::timeout : Outcome::connect;
    for (const auto& exchange : std::exchange(waiting_, {})) exchange->fail(outcome, why.message());
  }

  const ClientOptions& options_;
  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_{io_};
  std::shared_ptr<Connection> connection_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
};

class Http2Client final : public Client {
 public:
  Http2Client(boost::asio::io_context& io, ClientOptions options) : options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.connections; ++i) slots_.push_back(std::make_unique<Slot>(io, options_));
  }

  void send(std::shared_ptr<Exchange> exchange) override { slots_[next_++ % slots_.size()]->send(std::move(exchange)); }

 private:
  ClientOptions options_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::size_t next_{0};
};

}  // namespace

std::unique_ptr<Client> make_http2_client(boost::asio::io_context& io, const ClientOptions& options) {
  return std::make_unique<Http2Client>(io, options);
}

}  // namespace naru::demo
