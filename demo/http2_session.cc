#include "demo/http2_session.h"

#include <algorithm>
#include <cstring>

#include "demo/grpc_answer.h"

namespace naru::demo {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::milliseconds kGoawayNotice(200);
constexpr std::size_t kHeadersOfAnswer = 64;  // about what an answer's headers take, in bytes

boost::beast::string_view beast(std::string_view text) {
  return {text.data(), text.size()};
}

void set_header(Request& request, std::string_view name, std::string_view value) {
  if (name == ":method") return request.method_string(beast(value));
  if (name == ":path") return request.target(beast(value));
  if (name == ":authority") return request.set(http::field::host, beast(value));
  if (!name.starts_with(':')) request.insert(beast(name), beast(value));
}

std::string lower(boost::beast::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool only_trailers(const Answer& answer) {
  return answer.response.body().empty() && !answer.trailers.empty();
}

HeaderList headers_of(const Answer& answer) {
  HeaderList out{{":status", std::to_string(answer.response.result_int())}};
  for (const auto& field : answer.response) {
    const auto name = lower(field.name_string());
    const bool of_connection = name == "connection" || name == "transfer-encoding";
    // With trailers, or more messages to come, the length of the body is not the one of the first message.
    const bool wrong_length = name == "content-length" && !answer.trailers.empty();
    if (!of_connection && !wrong_length) out.emplace_back(name, std::string(field.value()));
  }
  if (only_trailers(answer)) out.insert(out.end(), answer.trailers.begin(), answer.trailers.end());
  return out;
}

}  // namespace

Http2Session::Http2Session(boost::asio::ip::tcp::socket socket, Pod& pod, Connections& connections)
    : Http2Connection(std::move(socket), Side::server),
      Member(connections),
      pod_(pod),
      idle_(this->socket().get_executor()),
      goaway_(this->socket().get_executor()) {
  error_code ignored;
  const auto local = this->socket().local_endpoint(ignored);
  address_ = local.address().to_string() + ":" + std::to_string(local.port());
}

Http2Session::Stream* Http2Session::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Session::on_headers(std::int32_t id) {
  if (find(id) != nullptr) return;  // trailers
  idle_.cancel();
  streams_.emplace(id, std::make_unique<Stream>(socket().get_executor()));
}

void Http2Session::on_header(std::int32_t id, std::string_view name, std::string_view value) {
  auto* stream = find(id);
  if (stream != nullptr && !stream->begun) set_header(stream->request, name, value);
}

void Http2Session::on_headers_end(std::int32_t id) {
  auto* stream = find(id);
  if (stream == nullptr || stream->begun) return;
  // What came in one piece with the request that GOAWAY answered: nghttp2 lets it pass until GOAWAY has been sent.
  const bool too_late = id > last_stream_;
  if (too_late || pod_.faults.refuses()) {
    streams_.erase(id);
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  stream->begun = true;
  enter(pod_, Ledger::Event::begin, stream->request);
  const auto every = pod_.faults.options().goaway_every;
  if (every != 0 && ++requests_ % every == 0) say_goaway();
}

void Http2Session::on_data(std::int32_t id, std::string_view data) {
  if (auto* stream = find(id)) stream->request.body().append(data);
}

void Http2Session::on_message_end(std::int32_t id) {
  auto* stream = find(id);
  if (stream == nullptr) return;
  const auto mishap = pod_.faults.draw();
  if (mishap == Mishap::hang) return;
  stream->answer = answer(pod_, stream->request, address_, draining());
  if (mishap == Mishap::fail) fail(*stream);
  stream->body = stream->answer.response.body();
  if (mishap == Mishap::abort) reset_after(pod_.faults.cut(stream->body.size() + kHeadersOfAnswer));
  const auto wait = stream->answer.after;
  if (wait.count() == 0) return send(id);
  after(wait, id, &Http2Session::send_later);
}

void Http2Session::fail(Stream& stream) {
  if (is_grpc(stream.request)) return fail_grpc(stream.answer, kGrpcUnavailable, "on purpose");
  stream.answer.response.result(http::status::service_unavailable);
}

void Http2Session::after(std::chrono::milliseconds wait, std::int32_t id, void (Http2Session::*step)(std::int32_t)) {
  auto& timer = find(id)->timer;
  timer.expires_after(wait);
  timer.async_wait([this, step, id, alive = weak_from_this()](error_code error) {
    const auto held = alive.lock();
    if (!error && held && find(id) != nullptr) (this->*step)(id);
  });
}

void Http2Session::send_later(std::int32_t id) {
  send(id);
  flush();
}

void Http2Session::send(std::int32_t id) {
  auto& stream = *find(id);
  const auto headers = headers_of(stream.answer);
  const auto fields = to_nghttp2(headers);
  nghttp2_data_provider body{};
  body.source.ptr = &stream;
  body.read_callback = read_body;
  const bool bodiless = only_trailers(stream.answer) || stream.request.method() == http::verb::head;
  nghttp2_submit_response(session(), id, fields.data(), fields.size(), bodiless ? nullptr : &body);
  if (stream.answer.more > 0) after(stream.answer.interval, id, &Http2Session::send_more);
}

void Http2Session::send_more(std::int32_t id) {
  auto& stream = *find(id);
  stream.body += stream.answer.response.body();
  if (--stream.answer.more > 0) after(stream.answer.interval, id, &Http2Session::send_more);
  nghttp2_session_resume_data(session(), id);
  flush();
}

ssize_t Http2Session::read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                                std::uint32_t* flags, nghttp2_data_source* source, void*) noexcept {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const auto now = std::min(size, stream.body.size() - stream.sent);
  std::memcpy(to, stream.body.data() + stream.sent, now);
  stream.sent += now;
  if (stream.sent < stream.body.size()) return static_cast<ssize_t>(now);
  if (stream.answer.more > 0) return now > 0 ? static_cast<ssize_t>(now) : ssize_t{NGHTTP2_ERR_DEFERRED};
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!stream.answer.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto fields = to_nghttp2(stream.answer.trailers);
    nghttp2_submit_trailer(session, id, fields.data(), fields.size());
  }
  return static_cast<ssize_t>(now);
}

void Http2Session::on_stream_closed(std::int32_t id, std::uint32_t code) {
  const auto* stream = find(id);
  if (stream == nullptr) return;
  if (code == NGHTTP2_NO_ERROR) enter(pod_, Ledger::Event::end, stream->request);
  streams_.erase(id);
  if (streams_.empty()) watch_idle();
}

void Http2Session::on_ended(error_code) {
  idle_.cancel();
  goaway_.cancel();
  streams_.clear();
}

void Http2Session::watch_idle() {
  const auto patience = pod_.faults.options().idle_close;
  if (patience.count() == 0) return;
  idle_.expires_after(patience);
  idle_.async_wait([this, alive = weak_from_this()](error_code error) {
    const auto held = alive.lock();
    if (!error && held && streams_.empty()) shut();
  });
}

void Http2Session::say_goaway() {
  last_stream_ = std::min(last_stream_, nghttp2_session_get_last_proc_stream_id(session()));  // never raised
  nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, last_stream_, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::drain() {
  if (pod_.closes_idle) {
    say_goaway();
    return flush();
  }
  nghttp2_submit_shutdown_notice(session());
  flush();
  goaway_.expires_after(kGoawayNotice);
  goaway_.async_wait([this, alive = weak_from_this()](error_code error) {
    const auto held = alive.lock();
    if (error || !held) return;
    say_goaway();
    flush();
  });
}

}  // namespace naru::demo
