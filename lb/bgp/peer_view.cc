// What a peer's state machine shows.
#include "lb/bgp/peer_fsm.h"

namespace naru::lb::bgp {

/// The connection that is furthest.
const PeerFsm::Connection* PeerFsm::foremost() const {
  const Connection* best = nullptr;
  for (const auto& connection : connections_) {
    if (connection && (best == nullptr || connection->fsm.phase() > best->fsm.phase())) best = &*connection;
  }
  return best;
}

State PeerFsm::current_state() const {
  const Connection* connection = foremost();
  if (connection == nullptr) {
    if (connecting_) return State::connect;
    return settings_.passive && !stopped_ ? State::active : State::idle;
  }
  switch (connection->fsm.phase()) {
    case ConnectionFsm::Phase::open_sent:
      return State::open_sent;
    case ConnectionFsm::Phase::open_confirm:
      return State::open_confirm;
    case ConnectionFsm::Phase::established:
      break;
  }
  return State::established;
}

SessionView PeerFsm::view() const {
  SessionView view;
  view.peer = settings_.name;
  view.address = {settings_.address, settings_.port};
  view.state = state_;
  view.since = since_;
  view.my_asn = settings_.my_asn;
  view.peer_asn = settings_.peer_asn;
  view.counters = counters_;
  view.announced_prefixes = routes_.announced();
  view.pending_prefixes = routes_.pending();
  view.impossible_prefixes = routes_.impossible();
  view.last_end = last_end_;
  const Connection* connection = foremost();
  if (connection == nullptr) return view;
  view.local = connection->local;
  const ConnectionFsm& fsm = connection->fsm;
  if (fsm.phase() == ConnectionFsm::Phase::open_sent) return view;
  view.peer_asn = fsm.theirs().asn;
  view.peer_router_id = fsm.theirs().router_id;
  view.hold_time = fsm.hold_time();
  view.ipv4 = fsm.families().ipv4;
  view.ipv6 = fsm.families().ipv6;
  view.graceful_restart = fsm.graceful_restart();
  return view;
}

}  // namespace naru::lb::bgp
