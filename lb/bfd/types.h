// The words of BFD, Bidirectional Forwarding Detection: RFC 5880 (protocol), 5881 (one hop), 5883 (several hops).
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace naru::lb::bfd {

/// What intervals on the wire are counted in.
using Micros = std::chrono::duration<std::uint32_t, std::micro>;

/// RFC 5880 section 4.1, with its numbers.
enum class State : std::uint8_t { admin_down, down, init, up };
[[nodiscard]] std::string_view to_string(State state);  ///< "AdminDown", "Down", "Init", "Up"

/// Why a session is in its state. Section 4.1, with its numbers; others may arrive, and are shown as numbers.
enum class Diagnostic : std::uint8_t {
  none,
  detection_time_expired,
  echo_failed,
  neighbour_signalled_down,
  forwarding_plane_reset,
  path_down,
  concatenated_path_down,
  administratively_down,
  reverse_concatenated_path_down,
};
[[nodiscard]] std::string to_string(Diagnostic diagnostic);  ///< RFC 5880's words

/// Why a datagram that arrived was not taken. The label of a metric, too.
enum class Discard : std::uint8_t {
  ttl,                    // it came from farther away than the session allows: RFC 5881 section 5, 5883 section 3
  short_packet,           // fewer bytes than a packet has
  version,                // not 1
  length,                 // its Length is less than a packet has, or more than arrived
  multiplier,             // Detect Mult is 0
  multipoint,             // M is set
  my_discriminator,       // My Discriminator is 0
  unknown_discriminator,  // Your Discriminator is no session's
  unexpected_state,       // Your Discriminator is 0, but the state is neither Down nor AdminDown
  unknown_peer,           // Your Discriminator is 0, and the address is no session's
  wrong_address,          // Your Discriminator is a session's, but it is not one with these addresses
  authentication,         // A is set: authentication is not used here
  administratively_down,  // the session is held down here; what the packet says is remembered
};
inline constexpr std::size_t kDiscards = 13;
[[nodiscard]] std::string_view to_string(Discard discard);  ///< as it is written above

/// Between whom. `local`: our address; nothing: whichever the routes choose.
struct SessionKey {
  IpAddress peer;
  std::optional<IpAddress> local;
  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

struct SessionSettings {
  std::uint8_t detect_multiplier{3};  // 1..255: packets missed in a row until the peer calls us dead
  Micros desired_min_tx{std::chrono::milliseconds(100)};   // > 0; at least 1 s is used while the session is not Up
  Micros required_min_rx{std::chrono::milliseconds(100)};  // > 0
  bool passive{};                                          // says nothing before the peer does
  bool multihop{};                                         // RFC 5883: port 4784 instead of 3784
  std::uint8_t minimum_ttl{254};                           // of what arrives, if `multihop`; else 255 is asked for
  bool newcomer{};  // says Diagnostic::forwarding_plane_reset: we are here, but do not carry anything yet
  friend bool operator==(const SessionSettings&, const SessionSettings&) = default;
};

/// `remote` is what the peer said last: where that is AdminDown, the peer is going away in good order, or does not want
/// BFD any more, and RFC 5882 section 3.2 does not want the path taken for broken because of that.
struct Transition {
  State from{State::down};
  State to{State::down};
  Diagnostic diagnostic{};
  State remote{State::down};
  Diagnostic remote_diagnostic{};
  friend bool operator==(const Transition&, const Transition&) = default;
};

}  // namespace naru::lb::bfd
