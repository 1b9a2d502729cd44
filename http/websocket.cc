#include "http/websocket.h"

#include <algorithm>

namespace naru::http {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kControl = 0x08;
constexpr std::uint8_t kClose = 0x08;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLongestControl = 125;
constexpr std::uint8_t kLength16 = 126;

}  // namespace

void WebSocketTracker::feed(std::string_view bytes) {
  while (!bytes.empty() && !lost_) {
    if (place_ != Place::payload) {
      take(static_cast<std::uint8_t>(bytes.front()));
      bytes.remove_prefix(1);
      continue;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= size;
    bytes.remove_prefix(size);
    if (left_ == 0) place_ = Place::first;
  }
}

void WebSocketTracker::take(std::uint8_t byte) {
  switch (place_) {
    case Place::first:
      control_ = (byte & kControl) != 0;
      close_ = (byte & 0x0f) == kClose;
      // RFC 6455 5.5: control frames are never in pieces.
      lost_ = close_seen_ || (control_ && (byte & kFinal) == 0);
      place_ = Place::second;
      break;
    case Place::second:
      take_second(byte);
      break;
    case Place::length:
      left_ = left_ << 8 | byte;
      if (--more_ == 0) end_length();
      break;
    case Place::mask:
      if (--more_ == 0) end_mask();
      break;
    case Place::payload:
      break;
  }
}

void WebSocketTracker::take_second(std::uint8_t byte) {
  masked_ = (byte & kMasked) != 0;
  const auto length = static_cast<std::uint8_t>(byte & ~kMasked);
  if (length < kLength16) {
    left_ = length;
    return end_length();
  }
  lost_ = control_;
  left_ = 0;
  more_ = length == kLength16 ? 2 : 8;
  place_ = Place::length;
}

void WebSocketTracker::end_length() {
  lost_ = lost_ || left_ >> 63 != 0 || (control_ && left_ > kLongestControl);
  if (!masked_) return end_mask();
  more_ = 4;
  place_ = Place::mask;
}

void WebSocketTracker::end_mask() {
  close_seen_ = close_seen_ || close_;
  place_ = left_ == 0 ? Place::first : Place::payload;
}

void append_websocket_close(std::string& out, std::uint16_t code, std::optional<std::uint32_t> mask) {
  const std::uint32_t key = mask.value_or(0);
  const auto byte = [](std::uint32_t value, int shift) { return static_cast<char>(value >> shift & 0xff); };
  out.push_back(static_cast<char>(kFinal | kClose));
  out.push_back(static_cast<char>((mask ? kMasked : 0) | 2));
  if (mask) {
    for (const int shift : {24, 16, 8, 0}) out.push_back(byte(key, shift));
  }
  out.push_back(static_cast<char>(byte(code, 8) ^ byte(key, 24)));
  out.push_back(static_cast<char>(byte(code, 0) ^ byte(key, 16)));
}

}  // namespace naru::http
