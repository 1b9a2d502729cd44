// Bytes written in hexadecimal, and messages as peers send them.
#pragma once

#include <string_view>

#include "lb/bgp/message.h"

namespace naru::lb::bgp {

/// "02 00ff": spaces mean nothing.
inline Bytes hex(std::string_view text) {
  Bytes out;
  unsigned value = 1;
  for (const char c : text) {
    if (c == ' ') continue;
    value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (value < 0x100) continue;
    out.push_back(static_cast<std::uint8_t>(value));
    value = 1;
  }
  return out;
}

inline Bytes message(unsigned type, std::string_view body) {
  Bytes out = begin_message(static_cast<MessageType>(type));
  put(out, hex(body));
  finish_message(out);
  return out;
}

/// What follows the header.
inline Bytes body_of(const Bytes& message) {
  return {message.begin() + static_cast<std::ptrdiff_t>(kHeaderSize), message.end()};
}

}  // namespace naru::lb::bgp
