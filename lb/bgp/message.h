// Messages on the stream: the header of each (RFC 4271 4.1), and cutting a stream into them.
#pragma once

#include <optional>
#include <variant>

#include "lb/bgp/notification.h"
#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

enum class MessageType : std::uint8_t { open = 1, update = 2, notification = 3, keepalive = 4, route_refresh = 5 };

inline constexpr std::size_t kHeaderSize = 19;
inline constexpr std::size_t kMostMessage = 4096;

/// The header, its length yet to be set by finish_message().
[[nodiscard]] Bytes begin_message(MessageType type);
/// Sets the length. The message must be of at most kMostMessage bytes.
void finish_message(Bytes& message);
[[nodiscard]] Bytes keepalive();

/// The families that we know: AFI 1 and 2 of SAFI 1, unicast.
[[nodiscard]] Bytes route_refresh(Family family);
/// Nothing if it is of a family that is not ours. `body` is of at least 4 bytes.
[[nodiscard]] std::optional<Family> parse_route_refresh(View body);

struct Message {
  MessageType type{};
  View body;  // within the Framer; good until the next call of add()
};

/// What a peer sends, cut into messages. Holds one message's bytes at most, besides those last added.
class Framer {
 public:
  void add(View bytes);
  /// The next message; nothing if it is not complete. A Notification: the stream is none of BGP; no message will
  /// follow.
  [[nodiscard]] std::variant<std::monostate, Message, Notification> next();

 private:
  Bytes buffer_;
  std::size_t at_{};  // of the first byte that is not yet given out
};

}  // namespace naru::lb::bgp
