// grpc.health.v1.Health/Check over HTTP/2 with prior knowledge.
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/text.h"
#include "daemon/grpc_health.h"
#include "daemon/probe.h"
#include "http/h2_session.h"

namespace naru::daemon {

namespace asio = boost::asio;
using boost::system::error_code;
using http::FieldName;
using http::H2StreamId;
using lb::ProbeResult;

namespace {

constexpr std::size_t kMostBody = 4096;

/// Hears what the one call's answer is.
class Call final : public http::H2Events {
 public:
  void on_request(H2StreamId, http::RequestHead&, bool) noexcept override {}
  void on_response(H2StreamId, http::ResponseHead& head, bool end) noexcept override {
    if (head.interim()) return;
    if (head.status != 200) return finish(ProbeResult::bad_status);
    if (end) take_status(head.fields);
  }
  void on_data(H2StreamId, std::string_view bytes, bool end) noexcept override {
    if (body_.size() + bytes.size() > kMostBody) return finish(ProbeResult::bad_response);
    body_ += bytes;
    if (end) finish(ProbeResult::bad_response);
  }
  void on_trailers(H2StreamId, http::FieldBlock& trailers) noexcept override { take_status(trailers); }
  void on_reset(H2StreamId, http::H2Error, bool) noexcept override { finish(ProbeResult::bad_response); }
  void on_writable(H2StreamId) noexcept override {}
  void on_go_away(H2StreamId, http::H2Error) noexcept override {}
  void on_ping_ack(std::uint64_t) noexcept override {}
  void on_settings() noexcept override {}

  [[nodiscard]] const std::optional<ProbeResult>& result() const { return result_; }

 private:
  void take_status(const http::FieldBlock& fields) {
    std::optional<int> status;
    if (const auto text = fields.value_or_empty(FieldName::grpc_status); !text.empty()) status = text == "0" ? 0 : 2;
    finish(health_check_result(body_, status));
  }
  void finish(ProbeResult result) {
    if (!result_) result_ = result;
  }

  std::string body_;
  std::optional<ProbeResult> result_;
};

http::RequestHead check_head(const ProbeTarget& target) {
  http::RequestHead head;
  head.version = http::Version::http2;
  head.method = http::Method::post;
  head.method_text = head.fields.keep("POST");
  head.scheme = head.fields.keep("http");
  head.authority = head.fields.keep(host_of(target));
  head.path = head.fields.keep("/grpc.health.v1.Health/Check");
  head.body.framing = http::Framing::chunked;
  head.te_trailers = true;
  head.fields.add(FieldName::content_type, "application/grpc");
  head.fields.add("user-agent", "naru-probe/" NARU_VERSION);
  return head;
}

bool send_check(http::H2Session& session, const ProbeTarget& target) {
  const auto stream = session.send_request(check_head(target), false);
  const std::string message = health_check_request(target.rules.service);
  return stream && session.send_data(*stream, message, true) == message.size();
}

}  // namespace

asio::awaitable<ProbeResult> ask_grpc(boost::beast::tcp_stream& stream, const ProbeTarget& target) {
  Call call;
  http::H2Session session(http::H2Session::Role::client, {}, call);
  if (!send_check(session, target)) co_return ProbeResult::bad_response;
  std::array<char, 4096> buffer{};
  error_code error;
  while (!call.result()) {
    const std::string out(session.output());
    session.output_written(out.size());
    co_await asio::async_write(stream, asio::buffer(out), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failed_exchange(error);
    const std::size_t size =
        co_await stream.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failed_exchange(error);
    if (!session.receive({buffer.data(), size}, Clock::now()) && !call.result()) co_return ProbeResult::bad_response;
  }
  co_return *call.result();
}

}  // namespace naru::daemon
