#include "lb/bgp/message.h"

#include <algorithm>

#include "lb/bgp/family.h"

namespace naru::lb::bgp {
namespace {

constexpr std::size_t kMarkerSize = 16;
constexpr std::size_t kTypes = 6;
constexpr std::size_t kLeast[kTypes] = {0, 29, 23, 21, 19, 23};  // of a message, by its type

/// RFC 4271 6.1; RFC 2918 for ROUTE-REFRESH, whose longer forms (RFC 5291, RFC 7313) are only for who has asked for
/// them.
std::optional<Notification> header_fault(View header, std::size_t size, std::uint8_t type) {
  const View marker = header.first(kMarkerSize);
  if (std::any_of(marker.begin(), marker.end(), [](std::uint8_t byte) { return byte != 0xff; })) {
    return Notification::header(HeaderError::not_synchronized);
  }
  Bytes said;
  put16(said, size);
  if (size < kHeaderSize || size > kMostMessage) return Notification::header(HeaderError::bad_length, said);
  if (type == 0 || type >= kTypes) return Notification::header(HeaderError::bad_type, Bytes{type});
  const bool is_exact = type == 4 || type == 5;
  const bool fits = is_exact ? size == kLeast[type] : size >= kLeast[type];
  if (!fits) return Notification::header(HeaderError::bad_length, said);
  return std::nullopt;
}

}  // namespace

Bytes begin_message(MessageType type) {
  Bytes message(kMarkerSize, 0xff);
  put16(message, 0);
  put8(message, static_cast<std::size_t>(type));
  return message;
}

void finish_message(Bytes& message) {
  set16(message, kMarkerSize, message.size());
}

Bytes keepalive() {
  Bytes message = begin_message(MessageType::keepalive);
  finish_message(message);
  return message;
}

Bytes route_refresh(Family family) {
  Bytes message = begin_message(MessageType::route_refresh);
  put16(message, afi_of(family));
  put16(message, kUnicast);  // a reserved byte before it
  finish_message(message);
  return message;
}

std::optional<Family> parse_route_refresh(View body) {
  Reader reader(body);
  const std::uint16_t afi = reader.u16();
  reader.u8();
  return family_of(afi, reader.u8());
}

void Framer::add(View bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  put(buffer_, bytes);
}

std::variant<std::monostate, Message, Notification> Framer::next() {
  const View rest = View(buffer_).subspan(at_);
  // A marker that is none needs no further byte to be told: who sends few bytes of another protocol waits for no
  // answer.
  const View marker = rest.first(std::min(rest.size(), kMarkerSize));
  if (std::any_of(marker.begin(), marker.end(), [](std::uint8_t byte) { return byte != 0xff; })) {
    return Notification::header(HeaderError::not_synchronized);
  }
  if (rest.size() < kHeaderSize) return std::monostate{};
  const std::size_t size = Reader(rest.subspan(kMarkerSize)).u16();
  const std::uint8_t type = rest[kHeaderSize - 1];
  if (auto fault = header_fault(rest, size, type)) return *fault;
  if (rest.size() < size) return std::monostate{};
  at_ += size;
  return Message{static_cast<MessageType>(type), rest.subspan(kHeaderSize, size - kHeaderSize)};
}

}  // namespace naru::lb::bgp
