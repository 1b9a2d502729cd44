// A Transaction after 101: bytes both ways, and a polite end where they are WebSocket's.
#include "proxy/http/engine.h"
#include "proxy/http/transaction.h"

namespace naru::proxy {
namespace {

// How long a frame that is under way may take to end before the tunnel is cut within it.
constexpr Duration kFramePatience = std::chrono::seconds(1);

}  // namespace

/// A tunnel's bytes are no longer the request's content: it begins anew.
void Transaction::begin_tunnel(const http::ResponseHead& head) {
  tunnel_ = true;
  request_ended_ = request_sent_ = false;
  if (WebSocketTunnel::begins_with(head.fields)) websocket_ = std::make_unique<WebSocketTunnel>();
}

bool Transaction::say_goodbye() {
  if (!websocket_ || backend_ == nullptr || !websocket_->may_close()) return false;
  const std::string to_client = websocket_->close_to_client();
  const std::string to_endpoint =
      websocket_->close_to_endpoint(static_cast<std::uint32_t>(engine_.context.random() >> 32));
  // What a full socket does not take is lost: the tunnel ends all the same.
  if (!to_client.empty()) (void)client_->send_body(to_client, false);
  if (!to_endpoint.empty()) (void)backend_->send_body(to_endpoint, false);
  return true;
}

/// The tunnel's time is up.
void Transaction::end_websocket() {
  if (say_goodbye()) return finish();
  if (std::exchange(websocket_->ending, true)) return abort_response(http::Reason::shutting_down);
  drain_deadline_ = now() + kFramePatience;
  arm_timer();
}

/// Bytes have passed towards the client. True if the tunnel has ended with them.
bool Transaction::websocket_passed(std::string_view bytes) {
  if (!websocket_) return false;
  websocket_->to_client.feed(bytes);
  if (!websocket_->ending || !say_goodbye()) return false;
  finish();
  return true;
}

}  // namespace naru::proxy
