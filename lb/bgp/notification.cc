#include "lb/bgp/notification.h"

#include <algorithm>

#include "lb/bgp/message.h"

namespace naru::lb::bgp {
namespace {

constexpr std::size_t kMostShutdownText = 255;

template <class Subcode>
Notification make(ErrorCode code, Subcode subcode, Bytes data) {
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(subcode), std::move(data)};
}

/// So much of the text that no character of UTF-8 is cut.
std::string_view whole_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

EndReason reason_of_open(std::uint8_t subcode) {
  switch (static_cast<OpenError>(subcode)) {
    case OpenError::bad_peer_as:
      return EndReason::wrong_asn;
    case OpenError::bad_identifier:
      return EndReason::bad_router_id;
    case OpenError::unacceptable_hold_time:
      return EndReason::unacceptable_hold_time;
    case OpenError::unsupported_capability:
      return EndReason::unsupported_capability;
    default:
      return EndReason::bad_open;
  }
}

EndReason reason_of_cease(std::uint8_t subcode) {
  switch (static_cast<Cease>(subcode)) {
    case Cease::deconfigured:
      return EndReason::removed;
    case Cease::other_change:
      return EndReason::settings_changed;
    case Cease::collision:
      return EndReason::collision;
    case Cease::bfd_down:
      return EndReason::link_failed;
    default:
      return EndReason::shut_down;
  }
}

}  // namespace

Notification Notification::header(HeaderError error, Bytes data) {
  return make(ErrorCode::header, error, std::move(data));
}
Notification Notification::open(OpenError error, Bytes data) {
  return make(ErrorCode::open, error, std::move(data));
}
Notification Notification::update(UpdateError error, Bytes data) {
  return make(ErrorCode::update, error, std::move(data));
}
Notification Notification::hold_timer() {
  return make(ErrorCode::hold_timer, 0, {});
}
Notification Notification::fsm(FsmError error) {
  return make(ErrorCode::fsm, error, {});
}
Notification Notification::cease(Cease subcode) {
  return make(ErrorCode::cease, subcode, {});
}

Notification Notification::shutdown(std::string_view text) {
  text = whole_characters(text, kMostShutdownText);
  Bytes data;
  put8(data, text.size());
  data.insert(data.end(), text.begin(), text.end());
  return make(ErrorCode::cease, Cease::shutdown, std::move(data));
}

Bytes encode(const Notification& notification) {
  Bytes message = begin_message(MessageType::notification);
  put8(message, notification.code);
  put8(message, notification.subcode);
  const std::size_t room = kMostMessage - message.size();
  put(message, View(notification.data).first(std::min(notification.data.size(), room)));
  finish_message(message);
  return message;
}

Notification parse_notification(View body) {
  Reader reader(body);
  Notification result;
  result.code = reader.u8();
  result.subcode = reader.u8();
  const View data = reader.take(reader.left());
  result.data.assign(data.begin(), data.end());
  return result;
}

EndReason reason_of(const Notification& sent) {
  switch (static_cast<ErrorCode>(sent.code)) {
    case ErrorCode::header:
      return EndReason::bad_header;
    case ErrorCode::open:
      return reason_of_open(sent.subcode);
    case ErrorCode::update:
      return EndReason::bad_update;
    case ErrorCode::hold_timer:
      return EndReason::hold_timer_expired;
    case ErrorCode::fsm:
      return EndReason::unexpected_message;
    case ErrorCode::cease:
      return reason_of_cease(sent.subcode);
  }
  return EndReason::none;
}

}  // namespace naru::lb::bgp
