// A tunnel that carries WebSocket frames, so that it can be ended with a word rather than in the midst of a frame.
#pragma once

#include <string>

#include "http/message.h"
#include "http/websocket.h"

namespace naru::proxy {

/// Both directions. Confined to its Transaction.
class WebSocketTunnel {
 public:
  /// Whether a 101 with these fields begins one.
  [[nodiscard]] static bool begins_with(const http::FieldBlock& response) {
    return http::list_has(response.value_or_empty(http::FieldName::upgrade), "websocket");
  }

  http::WebSocketTracker to_client;
  http::WebSocketTracker to_endpoint;
  bool ending{};  // its time is up: it ends at the next end of a frame

  /// A Close frame may be put towards the client now: the side that is owed one.
  [[nodiscard]] bool may_close() const { return to_client.at_boundary(); }
  /// Frames with code 1001, or nothing where one has passed or may not stand now.
  [[nodiscard]] std::string close_to_client() const { return close_after(to_client, std::nullopt); }
  [[nodiscard]] std::string close_to_endpoint(std::uint32_t mask) const { return close_after(to_endpoint, mask); }

 private:
  static std::string close_after(const http::WebSocketTracker& direction, std::optional<std::uint32_t> mask) {
    std::string frame;
    if (direction.at_boundary() && !direction.close_seen()) {
      http::append_websocket_close(frame, http::kWebSocketGoingAway, mask);
    }
    return frame;
  }
};

}  // namespace naru::proxy
