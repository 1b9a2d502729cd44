// NOTIFICATION: why a session ends, as it is told on the wire (RFC 4271 4.5 and 6, RFC 4486, 6608, 9003, 9384).
#pragma once

#include <string>

#include "lb/bgp/end_reason.h"
#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

enum class ErrorCode : std::uint8_t { header = 1, open = 2, update = 3, hold_timer = 4, fsm = 5, cease = 6 };
enum class HeaderError : std::uint8_t { not_synchronized = 1, bad_length = 2, bad_type = 3 };
enum class OpenError : std::uint8_t {
  unspecific = 0,
  unsupported_version = 1,
  bad_peer_as = 2,
  bad_identifier = 3,
  unsupported_parameter = 4,
  unacceptable_hold_time = 6,
  unsupported_capability = 7
};
enum class UpdateError : std::uint8_t {
  malformed_attributes = 1,
  unrecognized_well_known = 2,
  optional_attribute = 9,
  invalid_network = 10
};
enum class FsmError : std::uint8_t { in_open_sent = 1, in_open_confirm = 2, in_established = 3 };
enum class Cease : std::uint8_t {
  shutdown = 2,
  deconfigured = 3,
  reset = 4,
  other_change = 6,
  collision = 7,
  bfd_down = 10
};

struct Notification {
  std::uint8_t code{};
  std::uint8_t subcode{};
  Bytes data;

  static Notification header(HeaderError error, Bytes data = {});
  static Notification open(OpenError error, Bytes data = {});
  static Notification update(UpdateError error, Bytes data = {});
  static Notification hold_timer();
  static Notification fsm(FsmError error);
  static Notification cease(Cease subcode);
  /// Of `text` what fits into 255 bytes without cutting a character (RFC 9003).
  static Notification shutdown(std::string_view text);

  friend bool operator==(const Notification&, const Notification&) = default;
};

[[nodiscard]] Bytes encode(const Notification& notification);
/// `body` is of at least 2 bytes.
[[nodiscard]] Notification parse_notification(View body);

/// "Cease/Administrative Shutdown: maintenance of rack 4". Unprintable bytes of the peer's words become '?'.
[[nodiscard]] std::string to_string(const Notification& notification);

/// What a session ends for when we send this.
[[nodiscard]] EndReason reason_of(const Notification& sent);

}  // namespace naru::lb::bgp
