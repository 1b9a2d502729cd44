#include "daemon/http_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>

namespace naru::daemon {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds kLinger{1};

HttpResponse problem(unsigned status, std::string_view text) {
  return {status, "text/plain; charset=utf-8", std::string(text) + "\n", {}};
}

/// Nothing if the target is not a path with an optional query.
std::optional<HttpRequest> to_request(http::verb method, std::string_view target) {
  const auto url = boost::urls::parse_origin_form(target);
  if (url.has_error()) return std::nullopt;
  HttpRequest request;
  // HEAD is GET without the body, so handlers never see it.
  request.method = std::string(to_string(method == http::verb::head ? http::verb::get : method));
  request.path = url->path();
  for (const auto& parameter : url->params()) request.query[parameter.key] = parameter.value;
  return request;
}

unsigned status_of(error_code failed) {
  if (failed == http::error::body_limit) return 413;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) return 431;
  return 400;
}

// The parser's own complaints, as opposed to the connection's end.
bool is_bad_request(error_code failed) {
  return failed.category() == http::make_error_code(http::error::end_of_stream).category() &&
         failed != http::error::end_of_stream && failed != http::error::partial_message;
}

}  // namespace

HttpSession::HttpSession(Socket socket, std::shared_ptr<HttpSessions> sessions)
    : stream_(std::move(socket)), sessions_(std::move(sessions)) {
  sessions_->live.insert(this);
}

HttpSession::~HttpSession() {
  sessions_->live.erase(this);
  close();
  sessions_->spares.refill();
}

void HttpSession::start() {
  read();
}

void HttpSession::refuse() {
  answer(problem(503, "too many connections"), true);
}

void HttpSession::close() {
  error_code ignored;
  stream_.socket().close(ignored);
}

void HttpSession::read() {
  const HttpLimits& limits = sessions_->limits;
  parser_.emplace();
  parser_->body_limit(limits.body_bytes);
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  stream_.expires_after(limits.read_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
}

void HttpSession::on_read(error_code failed) {
  if (failed && is_bad_request(failed)) return answer(problem(status_of(failed), failed.message()), true);
  if (failed || !sessions_->handler) return close();
  const auto& message = parser_->get();
  const bool close_after = !message.keep_alive();
  const auto request = to_request(message.method(), message.target());
  if (!request) return answer(problem(400, "not a path"), true);
  HttpResponse response = sessions_->handler(*request);
  response.late_body ? answer_later(std::move(response), close_after) : answer(std::move(response), close_after);
}

/// Until then nothing is read, so nothing times out.
void HttpSession::answer_later(HttpResponse response, bool close_after) {
  auto make = std::exchange(response.late_body, nullptr);
  stream_.expires_never();
  sessions_->pages.run(std::move(make), [self = shared_from_this(), response = std::move(response),
                                         close_after](std::string body) mutable {
    response.body = std::move(body);
    self->answer(std::move(response), close_after);
  });
}

void HttpSession::answer(HttpResponse response, bool close_after) {
  response_ = {};
  response_.result(response.status);
  response_.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.keep_alive(!close_after);
  const bool head = parser_ && parser_->get().method() == http::verb::head;
  response_.content_length(response.body.size());
  if (!head) response_.body() = std::move(response.body);
  stream_.expires_after(sessions_->limits.write_timeout);
  http::async_write(stream_, response_, [self = shared_from_this(), close_after](error_code failed, std::size_t) {
    self->on_written(failed, close_after);
  });
}

void HttpSession::on_written(error_code failed, bool close_after) {
  if (failed) return close();
  if (!close_after) return read();
  // Closing with bytes unread would reset the connection, and the client might lose the answer: read on for a while.
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  discard();
}

void HttpSession::discard() {
  stream_.async_read_some(asio::buffer(discarded_), [self = shared_from_this()](error_code failed, std::size_t) {
    failed ? self->close() : self->discard();
  });
}

}  // namespace naru::daemon
