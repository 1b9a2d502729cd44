#include "lb/announce/announcer.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "base/log.h"
#include "lb/announce/bgp_settings.h"
#include "lb/announce/change_log.h"
#include "lb/announce/handover.h"
#include "lb/announce/rows.h"
#include "lb/announce/sessions.h"
#include "lb/bfd/speaker.h"
#include "lb/bgp/speaker.h"
#include "runtime/flow_handover.h"
#include "runtime/unique_fd.h"

namespace naru::lb::announce {
namespace {

namespace asio = boost::asio;

bool may_open_packet_sockets() {
  const runtime::UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  return socket || errno != EPERM;
}

bool is_newcomer(bfd::Diagnostic said) {
  return said == bfd::Diagnostic::forwarding_plane_reset;
}

/// RFC 5882, section 3.2: AdminDown is no broken path.
Neighbour neighbour_of(const bfd::Transition& change) {
  if (change.to == bfd::State::up) return Neighbour::up;
  return change.remote == bfd::State::admin_down ? Neighbour::leaving : Neighbour::gone;
}

std::set<IpAddress> served_addresses(const Input& input) {
  std::set<IpAddress> served;
  for (const auto& [name, service] : input.services) {
    for (const ServiceAddress& address : service->addresses) served.insert(address.ip);
  }
  return served;
}

WallTime wall_time(TimePoint time) {
  return std::chrono::system_clock::now() -
         std::chrono::duration_cast<std::chrono::system_clock::duration>(Clock::now() - time);
}

BfdCounts counts_of(const bfd::Counters& counters) {
  BfdCounts counts{counters.received.value(),   counters.sent.value(),   counters.send_failures.value(),
                   counters.detections.value(), counters.stalls.value(), {}};
  for (std::size_t i = 0; i < bfd::kDiscards; ++i) counts.discarded[i] = counters.discarded[i].value();
  return counts;
}

}  // namespace

/// The timer's handler holds it weakly: one that is queued already when the announcer goes finds nothing.
struct Announcer::Parts : std::enable_shared_from_this<Announcer::Parts> {
  Parts(asio::io_context& context, AnnouncerOptions wanted)
      : io(context),
        options(std::move(wanted)),
        timer(io),
        layer2(io, options.layer2, layer2_events()),
        bfd(io, bfd_events()) {}

  layer2::SpeakerEvents layer2_events();
  bfd::SpeakerEvents bfd_events();
  void set_input(std::shared_ptr<const Input> next);
  void follow_nodes();
  void start_layer2();
  void plan_anew();
  void elect_anew();
  void announce_layer2(std::vector<Layer2Decision> decisions);
  void set_bfd_sessions();
  void announce_bgp();
  void hand_over();
  void heard(const bfd::SessionKey& key, Neighbour state, bool newcomer);
  void peer_heard(const bfd::SessionKey& key, const bfd::Transition& change);
  void elapse();
  void liveness_changed();
  void arm();
  void shut_down(bool restart, std::function<void()> done);
  [[nodiscard]] Presence presence() const;
  [[nodiscard]] bool newcomer() const { return !able || (liveness && liveness->newcomer()); }
  [[nodiscard]] std::vector<AnnouncementInfo> announcements();
  [[nodiscard]] std::map<std::string, NodeInfo> node_infos(const std::vector<bfd::SessionInfo>& sessions) const;
  [[nodiscard]] Report report();

  asio::io_context& io;
  AnnouncerOptions options;
  asio::steady_timer timer;
  layer2::Speaker layer2;
  bfd::Speaker bfd;
  std::unique_ptr<bgp::Speaker> bgp;  // since the first peer
  std::shared_ptr<const Input> input;
  Handover handover;
  runtime::FlowHandover flows;
  std::string handover_fault;
  std::optional<Liveness> liveness;              // while there is anything to elect
  std::map<bfd::SessionKey, std::string> nodes;  // whose session it is
  std::map<bfd::SessionKey, PeerSession> peers;
  Plan plan;
  Since since;
  std::string layer2_fault;
  bool able{true};
  bool layer2_started{};
  bool said_newcomer{};
  bool stopping{};
};

// ---- what is wanted ----

void Announcer::Parts::set_input(std::shared_ptr<const Input> next) {
  if (stopping) return;
  input = std::move(next);
  follow_nodes();
  plan_anew();
  announce_bgp();
  set_bfd_sessions();
  arm();
  static_cast<void>(announcements());  // which notes since when they are so
}

void Announcer::Parts::follow_nodes() {
  if (input->layer2.empty()) {
    nodes.clear();
    liveness.reset();
    return;
  }
  start_layer2();
  nodes = node_sessions(*input);
  const TimePoint now = Clock::now();
  if (!liveness) liveness.emplace(options.liveness, now);
  liveness->expect(names_of(nodes), now);
}

void Announcer::Parts::start_layer2() {
  if (std::exchange(layer2_started, true)) return;
  if (!may_open_packet_sockets()) {
    layer2_fault = "announcing by ARP and NDP needs the capability CAP_NET_RAW; this node leaves it to others";
  } else if (const auto started = layer2.start(); !started) {
    layer2_fault = started.error().message;
  }
  able = layer2_fault.empty();
  if (!able) log::error("{}", layer2_fault);
}

Presence Announcer::Parts::presence() const {
  if (!liveness) return {Phase::live, {}, able, {}};
  Presence present{liveness->phase(), liveness->established(), able, liveness->newcomers()};
  present.others.merge(unheard_nodes(*input, nodes));
  return present;
}

void Announcer::Parts::plan_anew() {
  std::vector<Layer2Decision> before = std::move(plan.layer2);
  Plan next = make_plan(*input, presence());
  std::vector<Layer2Decision> decisions = std::exchange(next.layer2, std::move(before));
  plan = std::move(next);
  announce_layer2(std::move(decisions));
}

/// Only who is there has changed: what does not depend on it stays.
void Announcer::Parts::elect_anew() {
  announce_layer2(plan_layer2(*input, presence()));
}

void Announcer::Parts::announce_layer2(std::vector<Layer2Decision> decisions) {
  std::map<IpAddress, layer2::InterfaceSelection> owned;
  std::map<IpAddress, std::string> owners;
  for (const Layer2Decision& decision : decisions) {
    if (decision.reason == Reason::announced) owned.emplace(decision.address, decision.interfaces);
    if (!decision.owner.empty()) owners.emplace(decision.address, decision.owner);
  }
  handover.owned(owners, input->self, Clock::now());
  hand_over();  // before the announcement: packets of older connections follow it within microseconds
  if (layer2_started && able) {
    layer2.announce(owned);
    layer2.hold(served_addresses(*input));
  }
  const std::vector<Layer2Decision> before = std::exchange(plan.layer2, std::move(decisions));
  for (const std::string& line : change_lines(before, plan.layer2)) log::info("{}", line);
}

void Announcer::Parts::announce_bgp() {
  if (!bgp && plan.peers.empty()) return;
  if (!bgp) {
    bgp::SpeakerOptions speaker;
    speaker.router_id = router_id(*input);
    bgp = std::make_unique<bgp::Speaker>(io, std::move(speaker), bgp::SpeakerEvents{});
  }
  bgp->set_peers(peer_settings(*input, plan.peers));
  // Before anything is served the routes are not known: to say that there are none would undo a graceful restart.
  if (input->ready) bgp->set_routes(bgp_routes(plan.routes));
}

/// Where to the packets of connections go that other nodes still serve.
void Announcer::Parts::hand_over() {
  std::map<IpAddress, IpAddress> previous;
  for (const auto& [address, name] : handover.nodes()) {
    const auto node = input->nodes.find(name);
    if (node == input->nodes.end()) continue;
    const auto& ips = node->second.internal_ips;
    const auto ip = std::ranges::find(ips, address.family(), &IpAddress::family);
    if (ip != ips.end()) previous.emplace(address, *ip);
  }
  const auto done = flows.hold(previous);
  const std::string fault = done ? "" : done.error().message;
  if (!fault.empty() && fault != handover_fault) log::warn("{}; connections break when an address moves", fault);
  handover_fault = fault;
}

// ---- what is heard ----

layer2::SpeakerEvents Announcer::Parts::layer2_events() {
  layer2::SpeakerEvents events;
  events.on_conflict = [](const IpAddress& address, const std::string& interface, const layer2::Conflict& conflict) {
    log::error("{} on {} is also claimed by {}: an address that two hosts have works for neither", address.to_string(),
               interface, conflict.owner.to_string());
  };
  events.on_conflict_cleared = [](const IpAddress& address, const std::string& interface) {
    log::info("resolved: {} on {} is claimed by nobody else any more", address.to_string(), interface);
  };
  events.on_interfaces_changed = [this] { options.on_interfaces_changed(); };
  return events;
}

bfd::SpeakerEvents Announcer::Parts::bfd_events() {
  bfd::SpeakerEvents events;
  events.on_state = [this](const bfd::SessionKey& key, const bfd::Transition& change) {
    heard(key, neighbour_of(change), is_newcomer(change.remote_diagnostic));
    peer_heard(key, change);
  };
  events.on_remote_diagnostic = [this](const bfd::SessionKey& key, bfd::Diagnostic said) {
    heard(key, Neighbour::up, is_newcomer(said));
  };
  return events;
}

void Announcer::Parts::heard(const bfd::SessionKey& key, Neighbour state, bool newcomer) {
  const auto node = nodes.find(key);
  if (stopping || !liveness || node == nodes.end()) return;
  handover.heard(node->second, state, Clock::now());
  liveness->heard(node->second, state == Neighbour::up, newcomer, Clock::now());
  liveness_changed();
}

/// A peer that ends BFD in good order is not out of reach for that: RFC 5882 section 3.2.
void Announcer::Parts::peer_heard(const bfd::SessionKey& key, const bfd::Transition& change) {
  const auto found = peers.find(key);
  const bool lost = change.from == bfd::State::up && change.remote != bfd::State::admin_down;
  if (stopping || !bgp || found == peers.end() || !lost) return;
  for (const std::string& peer : found->second.peers) bgp->link_failed(peer);
}

void Announcer::Parts::liveness_changed() {
  elect_anew();
  // After what was won is announced: nobody gives an address up for us before we have it.
  if (newcomer() != said_newcomer) set_bfd_sessions();
  arm();
  static_cast<void>(announcements());
}

void Announcer::Parts::set_bfd_sessions() {
  std::map<bfd::SessionKey, bfd::SessionSettings> sessions;
  said_newcomer = newcomer();
  for (const auto& [key, node] : nodes) {
    bfd::SessionSettings settings = options.node_sessions;
    settings.newcomer = said_newcomer;
    sessions.emplace(key, settings);
  }
  peers = peer_sessions(*input, plan.peers);
  for (const auto& [key, peer] : peers) sessions.emplace(key, peer.settings);
  bfd.set_sessions(sessions);
}

void Announcer::Parts::arm() {
  timer.cancel();
  auto due = handover.deadline();
  const auto election = liveness ? liveness->deadline() : std::nullopt;
  if (!due || (election && *election < *due)) due = election;
  if (!due || stopping) return;
  timer.expires_at(*due);
  timer.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (!failed && self && !self->stopping) self->elapse();
  });
}

void Announcer::Parts::elapse() {
  handover.elapse(Clock::now());
  if (liveness) liveness->elapse(Clock::now());
  liveness_changed();
}

// ---- the end ----

void Announcer::Parts::shut_down(bool restart, std::function<void()> done) {
  stopping = true;
  timer.cancel();
  // Others first: they take over within the time that it takes us to fall silent.
  bfd.shut_down();
  if (layer2_started && able) layer2.announce({});
  for (Layer2Decision& decision : plan.layer2) {
    if (decision.reason == Reason::announced) decision.reason = Reason::not_served;
  }
  if (!bgp) return done();
  bgp->shut_down(restart ? bgp::Stop::keep_routes : bgp::Stop::withdraw, std::move(done));
}

// ---- what is shown ----

std::vector<AnnouncementInfo> Announcer::Parts::announcements() {
  std::vector<AnnouncementInfo> infos;
  if (!input) return infos;
  const auto announced = layer2.announced();
  const auto interfaces = layer2.interfaces();
  for (const Layer2Decision& decision : plan.layer2) infos.push_back(info_of(decision, announced, interfaces));
  for (const BgpDecision& decision : plan.bgp) infos.push_back(info_of(decision, Protocol::bgp, input->self));
  for (const BgpDecision& decision : plan.unannounced) infos.push_back(info_of(decision, Protocol::none, input->self));
  since.update(infos, std::chrono::system_clock::now());
  return infos;
}

std::map<std::string, NodeInfo> Announcer::Parts::node_infos(const std::vector<bfd::SessionInfo>& sessions) const {
  std::map<std::string, NodeInfo> infos;
  const auto established = liveness ? liveness->established() : std::set<std::string>();
  for (const bfd::SessionInfo& session : sessions) {
    const auto node = nodes.find(session.key);
    if (node == nodes.end()) continue;
    NodeInfo& info = infos[node->second];
    info.session = session.state;
    info.candidate = established.contains(node->second);
    info.since = wall_time(session.since);
    info.fault = session.fault.value_or("");
  }
  return infos;
}

Report Announcer::Parts::report() {
  Report report;
  report.active = input != nullptr;
  if (liveness) report.phase = liveness->phase();
  report.layer2_fault = layer2_fault;
  report.announcements = announcements();
  report.bfd_sessions = bfd.sessions();
  report.nodes = node_infos(report.bfd_sessions);
  report.layer2 = layer2.counters();
  report.interfaces = layer2.interfaces();
  if (bgp) {
    for (bgp::SessionView& view : bgp->sessions()) report.bgp_sessions.push_back({view, wall_time(view.since)});
  }
  report.bfd = counts_of(bfd.counters());
  return report;
}

Announcer::Announcer(asio::io_context& io, AnnouncerOptions options)
    : parts_(std::make_shared<Parts>(io, std::move(options))) {}

Announcer::~Announcer() = default;

void Announcer::set_input(std::shared_ptr<const Input> input) {
  parts_->set_input(std::move(input));
}

void Announcer::shut_down(bool restart, std::function<void()> done) {
  parts_->shut_down(restart, std::move(done));
}

Report Announcer::report() const {
  return parts_->report();
}

}  // namespace naru::lb::announce
