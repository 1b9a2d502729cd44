#include "lb/bgp/peer_fsm.h"

#include <fmt/format.h>

#include "base/backoff.h"

namespace naru::lb::bgp {
namespace {

constexpr Duration kConnectTime = std::chrono::seconds(10);
constexpr Backoff kBackoff{std::chrono::seconds(1), std::chrono::minutes(2)};
/// A session that ends sooner counts as a failed attempt: a peer that takes and drops us is not to be hammered.
constexpr Duration kStable = std::chrono::seconds(10);

std::string timed_out_text(const PeerSettings& settings) {
  std::string text = fmt::format("no answer within {} s: unreachable, filtered, or the passwords differ",
                                 std::chrono::duration_cast<std::chrono::seconds>(kConnectTime).count());
  const bool one_hop = !settings.ebgp_multi_hop && settings.peer_asn != settings.my_asn;
  return one_hop ? text + ", or several hops away without ebgpMultiHop" : text;
}

}  // namespace

PeerFsm::PeerFsm(PeerSettings settings, PeerOptions options, std::uint64_t seed, TimePoint now)
    : settings_(std::move(settings)), options_(options), random_(seed), since_(now) {}

Actions PeerFsm::start(TimePoint now) {
  Actions out;
  attempt(now, out);
  finish(now, out);
  return out;
}

void PeerFsm::attempt(TimePoint now, Actions& out) {
  attempt_at_ = kNever;
  if (stopped_ || settings_.passive || connecting_ || foremost() != nullptr) return;
  connecting_ = true;
  give_up_at_ = now + kConnectTime;
  out.emplace_back(action::Connect{});
}

/// Up to a quarter sooner than the back-off says, so that nodes that lost a router at once do not come back at once.
void PeerFsm::plan_attempt(TimePoint now) {
  if (stopped_ || settings_.passive || connecting_ || foremost() != nullptr) return;
  const Duration wait = settings_.connect_time ? Duration(*settings_.connect_time) : kBackoff.after(failures_);
  attempt_at_ = now + wait * (750 + random_.below(251)) / 1000;
}

TimePoint PeerFsm::next_time() const {
  TimePoint next = std::min(attempt_at_, give_up_at_);
  for (const auto& connection : connections_) {
    if (connection) next = std::min(next, connection->fsm.next_time());
  }
  return next;
}

Actions PeerFsm::on_time(TimePoint now) {
  Actions out;
  for (const Side side : {Side::outbound, Side::inbound}) {
    if (at(side) && now >= at(side)->fsm.next_time()) react(side, at(side)->fsm.on_time(now, random_), now, out);
  }
  if (now >= give_up_at_) {
    out.emplace_back(action::Close{Side::outbound});
    ended(Side::outbound, {EndReason::connect_timed_out, timed_out_text(settings_), now}, now);
  }
  if (now >= attempt_at_) attempt(now, out);
  finish(now, out);
  return out;
}

Open PeerFsm::our_open(const SocketAddress& local, const NextHops& next_hops) const {
  Open open;
  open.asn = settings_.my_asn;
  open.hold_seconds = static_cast<std::uint16_t>(settings_.hold_time.count());
  const IpAddress fallback =
      next_hops.ipv4.value_or(IpAddress::v4(static_cast<std::uint32_t>(hash_value(local.ip)) | 1));
  open.router_id = settings_.router_id.value_or(options_.router_id.value_or(fallback));
  open.families = settings_.dual_stack ? Families{true, true} : Families::only(settings_.address.family());
  open.four_octet_asn = true;
  open.route_refresh = true;
  if (settings_.graceful_restart) {
    const auto seconds = static_cast<std::uint16_t>(options_.restart_time.count());
    open.graceful_restart = GracefulRestart{counters_.times_established == 0, seconds, open.families};
  }
  return open;
}

Actions PeerFsm::on_connected(Side side, const SocketAddress& local, const NextHops& next_hops, TimePoint now) {
  Actions out;
  if (side == Side::outbound) {
    connecting_ = false;
    give_up_at_ = kNever;
  }
  at(side).emplace(Connection{{our_open(local, next_hops), settings_, counters_}, local, next_hops});
  react(side, at(side)->fsm.start(now), now, out);
  finish(now, out);
  return out;
}

Actions PeerFsm::on_closed(Side side, EndReason reason, std::string text, TimePoint now) {
  Actions out;
  const bool unanswered = at(side) && at(side)->fsm.phase() == ConnectionFsm::Phase::open_sent;
  if (unanswered) text += ", before it said OPEN: are we among its neighbours, by this address?";
  ended(side, {reason, std::move(text), now}, now);
  finish(now, out);
  return out;
}

Actions PeerFsm::on_bytes(Side side, View bytes, TimePoint now) {
  Actions out;
  if (at(side)) react(side, at(side)->fsm.on_bytes(bytes, now, random_), now, out);
  finish(now, out);
  return out;
}

Actions PeerFsm::on_send_stalled(Side side, TimePoint now) {
  Actions out;
  if (at(side)) {
    out.emplace_back(action::Close{side});
    ended(side, {EndReason::send_timed_out, "the peer takes nothing off the connection", now}, now);
  }
  finish(now, out);
  return out;
}

Actions PeerFsm::on_link_failed(TimePoint now) {
  Actions out;
  for (const Side side : {Side::outbound, Side::inbound}) {
    if (!at(side)) continue;
    react(side, at(side)->fsm.close(Notification::cease(Cease::bfd_down), "BFD says that the peer is gone", now), now,
          out);
  }
  finish(now, out);
  return out;
}

Actions PeerFsm::stop(const Notification& notification, bool silently, TimePoint now) {
  Actions out;
  stopped_ = true;
  attempt_at_ = kNever;
  if (connecting_) out.emplace_back(action::Close{Side::outbound});
  connecting_ = false;
  give_up_at_ = kNever;
  for (const Side side : {Side::outbound, Side::inbound}) {
    if (!at(side)) continue;
    Reaction end = at(side)->fsm.close(notification, to_string(notification), now);
    const bool keeps_routes =
        at(side)->fsm.phase() == ConnectionFsm::Phase::established && at(side)->fsm.graceful_restart();
    if (silently && keeps_routes) end.send.clear();
    react(side, std::move(end), now, out);
  }
  finish(now, out);
  return out;
}

void PeerFsm::react(Side side, Reaction reaction, TimePoint now, Actions& out) {
  for (Bytes& bytes : reaction.send) {
    ++counters_.messages_sent;
    out.emplace_back(action::Send{side, std::move(bytes)});
  }
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (reaction.refresh.has(family)) routes_.refresh(family);
  }
  if (reaction.ended) {
    out.emplace_back(action::Close{side});
    return ended(side, std::move(*reaction.ended), now);
  }
  if (reaction.opened) resolve_collision(side, now, out);
  if (reaction.established && at(side)) establish(side, now, out);
}

/// RFC 4271 6.8 and RFC 6286 2.3: of two connections that of the higher router id stays, of equal ones that of the
/// higher AS.
bool PeerFsm::stays(Side side) const {
  const ConnectionFsm& fsm = at(side)->fsm;
  const auto ours = std::pair(fsm.ours().router_id, fsm.ours().asn);
  const auto theirs = std::pair(fsm.theirs().router_id, fsm.theirs().asn);
  return (side == Side::outbound) == (ours > theirs);
}

void PeerFsm::resolve_collision(Side side, TimePoint now, Actions& out) {
  const auto& rival = at(other(side));
  if (!rival || rival->fsm.phase() == ConnectionFsm::Phase::open_sent) return;
  bool wins = stays(side);
  if (rival->fsm.phase() == ConnectionFsm::Phase::established) {
    // RFC 4724 5: a peer that comes anew has restarted, and does not know of the session any more.
    wins = rival->fsm.graceful_restart();
  }
  lose(wins ? other(side) : side, now, out);
}

void PeerFsm::lose(Side side, TimePoint now, Actions& out) {
  Reaction end = at(side)->fsm.close(Notification::cease(Cease::collision), "another connection took its place", now);
  react(side, std::move(end), now, out);
}

void PeerFsm::establish(Side side, TimePoint now, Actions& out) {
  if (at(other(side))) lose(other(side), now, out);
  if (connecting_) out.emplace_back(action::Close{Side::outbound});
  connecting_ = false;
  give_up_at_ = attempt_at_ = kNever;
  ++counters_.times_established;
  established_at_ = now;
  const Connection& connection = *at(side);
  const ConnectionFsm& fsm = connection.fsm;
  routes_.begin({settings_.my_asn, fsm.theirs().asn == settings_.my_asn, fsm.four_octet_asn(), fsm.families(),
                 connection.next_hops});
}

void PeerFsm::forget(Side side) {
  if (side == Side::outbound) {
    connecting_ = false;
    give_up_at_ = kNever;
  }
  at(side).reset();
}

void PeerFsm::ended(Side side, SessionEnd end, TimePoint now) {
  const bool was_session = established_side() == side;
  if (was_session) routes_.end();
  if (was_session && now - established_at_ >= kStable) failures_ = 0;
  forget(side);
  if (end.reason == EndReason::collision && !was_session) return;
  last_end_ = std::move(end);
  if (foremost() != nullptr) return;
  ++failures_;
  plan_attempt(now);
}

std::optional<Side> PeerFsm::established_side() const {
  for (const Side side : {Side::outbound, Side::inbound}) {
    if (at(side) && at(side)->fsm.phase() == ConnectionFsm::Phase::established) return side;
  }
  return std::nullopt;
}

std::optional<Bytes> PeerFsm::next_update() {
  if (!established_side()) return std::nullopt;
  auto message = routes_.next();
  if (!message) return message;
  ++counters_.messages_sent;
  ++counters_.updates_sent;
  return message;
}

std::optional<Duration> PeerFsm::send_limit() const {
  const auto side = established_side();
  if (!side || at(*side)->fsm.hold_time().count() == 0) return std::nullopt;
  return at(*side)->fsm.hold_time();
}

/// Notes and tells the new state.
void PeerFsm::finish(TimePoint now, Actions& out) {
  // A connection that lost against one that is gone as well leaves nobody to try again.
  if (foremost() == nullptr && !connecting_ && attempt_at_ == kNever) plan_attempt(now);
  const State to = current_state();
  if (to == state_) return;
  out.emplace_back(action::Changed{state_, to});
  state_ = to;
  since_ = now;
}

}  // namespace naru::lb::bgp
