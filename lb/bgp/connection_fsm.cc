#include "lb/bgp/connection_fsm.h"

#include <fmt/format.h>

#include "lb/bgp/update_check.h"

namespace naru::lb::bgp {
namespace {

FsmError error_in(ConnectionFsm::Phase phase) {
  switch (phase) {
    case ConnectionFsm::Phase::open_sent:
      return FsmError::in_open_sent;
    case ConnectionFsm::Phase::open_confirm:
      return FsmError::in_open_confirm;
    case ConnectionFsm::Phase::established:
      break;
  }
  return FsmError::in_established;
}

std::string wanted_asn(const PeerSettings& settings) {
  if (!settings.dynamic_asn) return fmt::format("{}", settings.peer_asn);
  return *settings.dynamic_asn == DynamicAsn::internal ? fmt::format("{} (internal)", settings.my_asn)
                                                       : fmt::format("any but {} (external)", settings.my_asn);
}

/// What is wrong with an OPEN, with the numbers at hand.
std::string explained(const Notification& refused, const Open& theirs, const PeerSettings& settings) {
  switch (reason_of(refused)) {
    case EndReason::wrong_asn:
      return fmt::format("the peer is AS {}, wanted is {}", theirs.asn, wanted_asn(settings));
    case EndReason::bad_router_id:
      return fmt::format("the peer's router id {} is {}", theirs.router_id.to_string(),
                         theirs.router_id.is_unspecified() ? "none" : "our own");
    case EndReason::unacceptable_hold_time:
      return fmt::format("the peer's hold time is {} s", theirs.hold_seconds);
    case EndReason::unsupported_capability:
      return "no address family in common";
    default:
      return to_string(refused);
  }
}

}  // namespace

ConnectionFsm::ConnectionFsm(Open ours, const PeerSettings& settings, SessionCounters& counters)
    : ours_(std::move(ours)), settings_(settings), counters_(counters) {}

Reaction ConnectionFsm::start(TimePoint now) {
  hold_at_ = now + kOpenTime;
  Reaction out;
  out.send.push_back(encode(ours_));
  return out;
}

Reaction ConnectionFsm::on_bytes(View bytes, TimePoint now, Random& random) {
  Reaction out;
  framer_.add(bytes);
  while (!out.ended) {
    const auto next = framer_.next();
    if (const auto* fault = std::get_if<Notification>(&next)) {
      end(*fault, to_string(*fault), now, out);
    } else if (const auto* message = std::get_if<Message>(&next)) {
      ++counters_.messages_received;
      on_message(*message, now, random, out);
    } else {
      break;
    }
  }
  return out;
}

void ConnectionFsm::on_message(const Message& message, TimePoint now, Random& random, Reaction& out) {
  const bool established = phase_ == Phase::established;
  if (message.type == MessageType::notification) {
    out.ended = SessionEnd{EndReason::notified, to_string(parse_notification(message.body)), now};
  } else if (message.type == MessageType::open && phase_ == Phase::open_sent) {
    on_open(message.body, now, random, out);
  } else if (message.type == MessageType::keepalive && phase_ != Phase::open_sent) {
    on_keepalive(now, out);
  } else if (message.type == MessageType::update && established) {
    on_update(message.body, now, out);
  } else if (message.type == MessageType::route_refresh && established) {
    heard(now);
    if (const auto family = parse_route_refresh(message.body)) out.refresh.add(*family);
  } else {
    unexpected(message.type, now, out);
  }
}

void ConnectionFsm::on_open(View body, TimePoint now, Random& random, Reaction& out) {
  const auto parsed = parse_open(body);
  if (const auto* fault = std::get_if<Notification>(&parsed)) return end(*fault, to_string(*fault), now, out);
  theirs_ = std::get<Open>(parsed);
  if (const auto refused = refusal(theirs_, ours_, settings_)) {
    return end(*refused, explained(*refused, theirs_, settings_), now, out);
  }
  agree(now, random);
  phase_ = Phase::open_confirm;
  out.opened = true;
  out.send.push_back(keepalive());
}

void ConnectionFsm::agree(TimePoint now, Random& random) {
  hold_time_ = std::chrono::seconds(std::min(ours_.hold_seconds, theirs_.hold_seconds));
  keepalive_ = Duration(hold_time_) / 3;
  if (settings_.keepalive_time) keepalive_ = std::min<Duration>(keepalive_, *settings_.keepalive_time);
  heard(now);
  plan_keepalive(now, random);
}

void ConnectionFsm::heard(TimePoint now) {
  hold_at_ = hold_time_.count() == 0 ? kNever : now + hold_time_;
}

/// RFC 4271 10: three quarters to the whole of it, so that routers with many peers do not hear all of them at once.
void ConnectionFsm::plan_keepalive(TimePoint now, Random& random) {
  if (hold_time_.count() == 0) return;
  keepalive_at_ = now + keepalive_ * (750 + random.below(251)) / 1000;
}

void ConnectionFsm::on_keepalive(TimePoint now, Reaction& out) {
  heard(now);
  if (phase_ == Phase::established) return;
  phase_ = Phase::established;
  out.established = true;
}

void ConnectionFsm::on_update(View body, TimePoint now, Reaction& out) {
  heard(now);
  ++counters_.updates_received;
  const UpdateVerdict verdict = check_update(body, four_octet_asn());
  if (verdict.malformed) ++counters_.malformed_updates_received;
  if (verdict.reset) end(*verdict.reset, to_string(*verdict.reset), now, out);
}

void ConnectionFsm::unexpected(MessageType type, TimePoint now, Reaction& out) const {
  const Notification answer = Notification::fsm(error_in(phase_));
  end(answer, fmt::format("{} (type {})", to_string(answer), static_cast<int>(type)), now, out);
}

Reaction ConnectionFsm::on_time(TimePoint now, Random& random) {
  Reaction out;
  if (now >= hold_at_) {
    end(Notification::hold_timer(), "", now, out);
    const bool silent = phase_ == Phase::open_sent;
    out.ended->reason = silent ? EndReason::open_timed_out : EndReason::hold_timer_expired;
    out.ended->text = silent ? "the peer accepted the connection, but says no OPEN"
                             : fmt::format("nothing heard for {} s", hold_time_.count());
  } else if (now >= keepalive_at_) {
    out.send.push_back(keepalive());
    plan_keepalive(now, random);
  }
  return out;
}

Reaction ConnectionFsm::close(const Notification& notification, std::string text, TimePoint now) {
  Reaction out;
  end(notification, std::move(text), now, out);
  return out;
}

void ConnectionFsm::end(const Notification& notification, std::string text, TimePoint now, Reaction& out) const {
  out.send.push_back(encode(notification));
  out.ended = SessionEnd{reason_of(notification), std::move(text), now};
}

}  // namespace naru::lb::bgp
