// Where the parts of an answer stand.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dns/message.h"

namespace naru::dns {

/// What comes before the OPT is what a client gets.
struct MessageShape {
  std::size_t question_end{};
  std::size_t end{};  // of the records before the OPT
  Counts counts;      // without the OPT, and without what follows it
  bool has_opt{};
};
/// Nothing: not one question, or records that run out of the message, or an OPT out of its place.
[[nodiscard]] std::optional<MessageShape> shape_of(std::span<const std::uint8_t> message);

[[nodiscard]] inline Rcode rcode_of(std::span<const std::uint8_t> message) {
  return Rcode{static_cast<std::uint8_t>(message[3] & 15)};
}

}  // namespace naru::dns
