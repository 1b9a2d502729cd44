#include "lb/layer2/speaker.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "lb/layer2/plan.h"
#include "lb/layer2/speaker_interfaces.h"
#include "lb/layer2/speaker_port.h"
#include "runtime/links.h"

namespace naru::lb::layer2 {
namespace {

namespace asio = boost::asio;

/// The same place to announce at: if not, all is announced anew there.
bool same_place(const Interface& a, const Interface& b) {
  return a.name == b.name && a.mac == b.mac && a.came_up == b.came_up;
}

}  // namespace

/// Handlers of Asio hold it weakly: one that is queued already when the speaker goes finds nothing.
struct Speaker::Parts : std::enable_shared_from_this<Speaker::Parts> {
  Parts(asio::io_context& io, SpeakerOptions wanted, SpeakerEvents told)
      : options(std::move(wanted)), events(std::move(told)), shared{io, {}, {}, {}, {}, {}, [this] { after_turn(); }}, timer(io) {}
  ~Parts() {
    if (links_ready) links_ready->release();  // Links closes it
  }

  void follow_links();
  void on_links();
  void replan();
  [[nodiscard]] std::map<unsigned, std::set<IpAddress>> listening() const;
  void place(const Interface& interface, const std::set<IpAddress>& heard, const std::set<IpAddress>& announced,
             TimePoint now);
  void forget_counters();
  void arm();
  void after_turn();
  void tell();

  SpeakerOptions options;
  SpeakerEvents events;
  SpeakerShared shared;
  asio::steady_timer timer;
  TimePoint armed{TimePoint::max()};
  bool telling{false};
  runtime::Links links;
  std::unique_ptr<asio::posix::stream_descriptor> links_ready;
  std::vector<Interface> interfaces;
  std::map<IpAddress, InterfaceSelection> owned;
  std::map<unsigned, std::unique_ptr<SpeakerPort>> ports;  // by index
};

void Speaker::Parts::follow_links() {
  links_ready->async_wait(asio::posix::descriptor_base::wait_read,
                          [self = weak_from_this()](const boost::system::error_code& error) {
                            const auto parts = self.lock();
                            if (parts && !error) parts->on_links();
                          });
}

void Speaker::Parts::on_links() {
  const auto changed = links.update();
  if (!changed) log::error("{}", changed.error().message);
  follow_links();
  if (!changed || !*changed) return;
  interfaces = interfaces_of(links.all());
  replan();
  events.on_interfaces_changed();
}

void Speaker::Parts::replan() {
  const TimePoint now = Clock::now();
  shared.host_macs.clear();
  for (const Interface& interface : interfaces) {
    if (!interface.mac.is_zero()) shared.host_macs.insert(interface.mac);
  }
  auto announced = placements(owned, interfaces, options.excluded_interfaces);
  auto heard = listening();
  std::erase_if(ports,
                [&](const auto& port) { return !announced.contains(port.first) && !heard.contains(port.first); });
  for (const Interface& interface : interfaces) {
    const auto& to_announce = announced[interface.index];
    const auto& to_hear = heard[interface.index];
    if (!to_announce.empty() || !to_hear.empty()) place(interface, to_hear, to_announce, now);
  }
  arm();
}

/// Another node's addresses, per index of an interface, where requests for them may arrive.
std::map<unsigned, std::set<IpAddress>> Speaker::Parts::listening() const {
  std::map<IpAddress, InterfaceSelection> anywhere;
  for (const IpAddress& address : shared.held) anywhere.emplace(address, InterfaceSelection());
  return placements(anywhere, interfaces, options.excluded_interfaces);
}

void Speaker::Parts::place(const Interface& interface, const std::set<IpAddress>& heard,
                           const std::set<IpAddress>& announced, TimePoint now) {
  auto& port = ports[interface.index];
  if (!port || !same_place(port->interface(), interface)) port = std::make_unique<SpeakerPort>(interface, shared);
  const std::string before = port->fault();
  const bool ipv4 = !heard.empty() && heard.begin()->is_v4();  // addresses are in order of their family
  port->listen(ipv4, !heard.empty() && !heard.rbegin()->is_v4());
  port->announce(announced, now);
  if (!port->fault().empty() && port->fault() != before) log::warn("{}: {}", interface.name, port->fault());
}

void Speaker::Parts::forget_counters() {
  std::erase_if(shared.counters.addresses, [&](const auto& entry) {
    return !shared.owned.contains(entry.first) && !shared.held.contains(entry.first);
  });
}

void Speaker::Parts::arm() {
  TimePoint due = TimePoint::max();
  for (const auto& [index, port] : ports) due = std::min(due, port->due());
  if (due == armed) return;
  armed = due;
  timer.cancel();
  if (due == TimePoint::max()) return;
  timer.expires_at(due);
  timer.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    const auto parts = self.lock();
    if (!parts || error) return;
    parts->armed = TimePoint::max();
    for (const auto& [index, port] : parts->ports) port->advance(Clock::now());
    parts->after_turn();
  });
}

void Speaker::Parts::after_turn() {
  arm();
  if (shared.notices.empty() || telling) return;
  telling = true;
  // Not from within: the frame that caused it still belongs to a port that the listener may end.
  asio::post(shared.io, [self = weak_from_this()] {
    if (const auto parts = self.lock()) parts->tell();
  });
}

void Speaker::Parts::tell() {
  telling = false;
  const auto notices = std::exchange(shared.notices, {});
  for (const Notice& notice : notices) {
    if (notice.conflict) {
      events.on_conflict(notice.address, notice.interface, *notice.conflict);
    } else {
      events.on_conflict_cleared(notice.address, notice.interface);
    }
  }
}

Speaker::Speaker(asio::io_context& io, SpeakerOptions options, SpeakerEvents events)
    : parts_(std::make_shared<Parts>(io, std::move(options), std::move(events))) {}

Speaker::~Speaker() = default;

Result<void> Speaker::start() {
  if (auto opened = parts_->links.open(); !opened) return opened;
  parts_->links_ready = std::make_unique<asio::posix::stream_descriptor>(parts_->shared.io, parts_->links.fd());
  parts_->follow_links();
  parts_->interfaces = interfaces_of(parts_->links.all());
  parts_->replan();
  return {};
}

void Speaker::announce(const std::map<IpAddress, InterfaceSelection>& owned) {
  parts_->owned = owned;
  parts_->shared.owned.clear();
  for (const auto& [address, selection] : owned) parts_->shared.owned.insert(address);
  parts_->replan();
  parts_->forget_counters();
}

void Speaker::hold(const std::set<IpAddress>& held) {
  parts_->shared.held = {held.begin(), held.end()};
  parts_->replan();
  parts_->forget_counters();
}

std::vector<Announced> Speaker::announced() const {
  std::vector<Announced> all;
  for (const auto& [index, port] : parts_->ports) {
    for (const auto& [address, claim] : port->claims()) {
      all.push_back({address, port->interface().name, claim.settled(), claim.conflict()});
    }
  }
  return all;
}

std::vector<InterfaceInfo> Speaker::interfaces() const {
  std::vector<InterfaceInfo> all;
  for (const Interface& interface : parts_->interfaces) {
    InterfaceInfo info{interface.name, interface.mac, interface.up, 0, ""};
    if (const auto port = parts_->ports.find(interface.index); port != parts_->ports.end()) {
      info.announced = port->second->claims().size();
      info.fault = port->second->fault();
    }
    all.push_back(std::move(info));
  }
  return all;
}

const Counters& Speaker::counters() const {
  return parts_->shared.counters;
}

}  // namespace naru::lb::layer2
