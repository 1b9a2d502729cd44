#include "demo/http1_session.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <sstream>

#include "demo/websocket_session.h"

namespace naru::demo {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kBodyLimit = 256ULL << 20;
constexpr std::chrono::seconds kLinger(1);

}  // namespace

Http1Session::Http1Session(beast::tcp_stream stream, beast::flat_buffer already_read, Pod& pod,
                           Connections& connections)
    : Member(connections),
      stream_(std::move(stream)),
      timer_(stream_.get_executor()),
      pod_(pod),
      connections_(connections),
      buffer_(std::move(already_read)) {
  error_code ignored;
  const auto local = stream_.socket().local_endpoint(ignored);
  address_ = local.address().to_string() + ":" + std::to_string(local.port());
}

void Http1Session::read() {
  idle_ = true;
  parser_.emplace();
  parser_->body_limit(kBodyLimit);
  const auto patience = pod_.faults.options().idle_close;
  if (patience.count() != 0) stream_.expires_after(patience);
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
    self->stream_.expires_never();
    if (!error) self->begin();
  });
}

void Http1Session::begin() {
  idle_ = false;
  enter(pod_, Ledger::Event::begin, parser_->get());
  if (beast::websocket::is_upgrade(parser_->get())) {
    std::make_shared<WebSocketSession>(std::move(stream_), connections_)->accept(parser_->release());
    return;
  }
  read_body();
}

void Http1Session::read_body() {
  if (parser_->get()[http::field::expect] == "100-continue") return send_continue();
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
    if (!error) self->respond();
  });
}

void Http1Session::send_continue() {
  parser_->get().erase(http::field::expect);
  continue_ = {http::status::continue_, parser_->get().version()};
  http::async_write(stream_, continue_, [self = shared_from_this()](error_code error, std::size_t) {
    if (!error) self->read_body();
  });
}

void Http1Session::respond() {
  const auto mishap = pod_.faults.draw();
  if (mishap == Mishap::hang) return hang();
  auto next = answer(pod_, parser_->get(), address_, draining());
  response_ = std::move(next.response);
  if (mishap == Mishap::fail) response_.result(http::status::service_unavailable);
  timer_.expires_after(next.after);
  if (next.after.count() == 0) return mishap == Mishap::abort ? send_part() : send();
  timer_.async_wait([self = shared_from_this(), mishap](error_code error) {
    if (!error) mishap == Mishap::abort ? self->send_part() : self->send();
  });
}

void Http1Session::send() {
  if (draining()) response_.keep_alive(false);  // it may have begun since the request came
  http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
    if (!error) self->sent();
  });
}

void Http1Session::sent() {
  enter(pod_, Ledger::Event::end, parser_->get());
  if (response_.keep_alive() && !pod_.faults.closes()) return read();
  linger();
}

void Http1Session::send_part() {
  std::ostringstream whole;
  whole << response_;
  part_ = whole.str();
  part_.resize(pod_.faults.cut(part_.size()));
  boost::asio::async_write(stream_, boost::asio::buffer(part_),
                           [self = shared_from_this()](error_code, std::size_t) { self->reset(); });
}

void Http1Session::reset() {
  error_code ignored;
  stream_.socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
  stream_.socket().close(ignored);
}

/// Until the client has had enough.
void Http1Session::hang() {
  discard();
}

/// Closing over unread bytes would reset the connection, and the answer on its way with it (RFC 9112, 9.6).
void Http1Session::linger() {
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  discard();
}

void Http1Session::discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code error, std::size_t) {
    if (!error) self->discard();
  });
}

void Http1Session::close() {
  error_code ignored;
  timer_.cancel();
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
}

void Http1Session::drain() {
  if (idle_ && pod_.closes_idle) close();
}

}  // namespace naru::demo
