// Following a WebSocket connection through a tunnel (RFC 6455 5), so that it can be ended with a word when its time is
// up: a Close frame may stand between any two frames, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace naru::http {

inline constexpr std::uint16_t kWebSocketGoingAway = 1001;  // RFC 6455 7.4.1

/// One direction of the connection after its handshake, frame by frame. Extensions (RSV bits, compressed content) and
/// what messages the frames make up do not matter here. The time is linear in the frames, not in their content.
class WebSocketTracker {
 public:
  /// The next bytes of this direction.
  void feed(std::string_view bytes);

  /// Every frame begun is complete: another may be put after it. False for good once the bytes were no frames.
  [[nodiscard]] bool at_boundary() const { return place_ == Place::first && !lost_; }
  /// A Close frame has passed: no other frame may follow.
  [[nodiscard]] bool close_seen() const { return close_seen_; }
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  enum class Place : std::uint8_t { first, second, length, mask, payload };
  void take(std::uint8_t byte);
  void take_second(std::uint8_t byte);
  void end_length();
  void end_mask();

  Place place_{Place::first};
  bool control_{};
  bool close_{};
  bool masked_{};
  bool close_seen_{};
  bool lost_{};
  std::uint8_t more_{};   // bytes left of the length or the mask
  std::uint64_t left_{};  // of the payload
};

/// Appends a Close frame with `code` and no words. `mask`: towards a server (RFC 6455 5.1), any value.
void append_websocket_close(std::string& out, std::uint16_t code, std::optional<std::uint32_t> mask);

}  // namespace naru::http
