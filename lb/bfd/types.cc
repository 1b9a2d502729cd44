#include "lb/bfd/types.h"

#include <fmt/format.h>

#include <array>

namespace naru::lb::bfd {

std::string_view to_string(State state) {
  constexpr std::array<std::string_view, 4> kNames{"AdminDown", "Down", "Init", "Up"};
  return kNames[static_cast<std::size_t>(state) % kNames.size()];
}

std::string to_string(Diagnostic diagnostic) {
  constexpr std::array<std::string_view, 9> kNames{"No Diagnostic",
                                                   "Control Detection Time Expired",
                                                   "Echo Function Failed",
                                                   "Neighbor Signaled Session Down",
                                                   "Forwarding Plane Reset",
                                                   "Path Down",
                                                   "Concatenated Path Down",
                                                   "Administratively Down",
                                                   "Reverse Concatenated Path Down"};
  const auto number = static_cast<std::size_t>(diagnostic);
  return number < kNames.size() ? std::string(kNames[number]) : fmt::format("Diagnostic {}", number);
}

std::string_view to_string(Discard discard) {
  constexpr std::array<std::string_view, kDiscards> kNames{"ttl",
                                                           "short_packet",
                                                           "version",
                                                           "length",
                                                           "multiplier",
                                                           "multipoint",
                                                           "my_discriminator",
                                                           "unknown_discriminator",
                                                           "unexpected_state",
                                                           "unknown_peer",
                                                           "wrong_address",
                                                           "authentication",
                                                           "administratively_down"};
  return kNames[static_cast<std::size_t>(discard) % kNames.size()];
}

}  // namespace naru::lb::bfd
