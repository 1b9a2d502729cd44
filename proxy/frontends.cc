#include "proxy/frontends.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace naru::proxy {

namespace {

/// Prefixes of clients that get an answer; nothing: all do.
std::optional<std::vector<Cidr>> admitted(const Binding& binding, const Origins& origins) {
  const ServicePort& port = binding.port->port();
  const IpAddress& address = binding.key.address.ip;
  const auto audience = audience_of(port, address, binding.frontend, origins);
  if (audience == Audience::silence) return std::vector<Cidr>();
  const bool limited = binding.frontend.kind == FrontendKind::load_balancer && !port.settings.source_ranges.empty() &&
                       // A PROXY header says who the client is, not the packet.
                       !port.settings.proxy_protocol.required;
  std::vector<Cidr> cluster;
  if (audience == Audience::cluster) {
    for (const CidrSet* part : {&origins.node, &origins.pods}) {
      const auto prefixes = part->prefixes();
      cluster.insert(cluster.end(), prefixes.begin(), prefixes.end());
    }
    cluster.push_back(Cidr::host(address));
  }
  if (limited && audience == Audience::cluster) return intersection(port.settings.source_ranges, cluster);
  if (limited) return port.settings.source_ranges;
  if (audience == Audience::cluster) return cluster;
  return std::nullopt;
}

}  // namespace

std::vector<sock_filter> filter_of(const Binding& binding, const Origins& origins) {
  const auto prefixes = admitted(binding, origins);
  if (!prefixes) return {};
  // What is too long for the kernel is looked at later.
  return source_filter(*prefixes, binding.key.address.ip.family()).value_or(std::vector<sock_filter>());
}

// Ports come before the frontends that need them and go after them; each frontend is settled once, when all is in
// place.
void Frontends::follow(const Table& before, const Table& after) {
  if (after.origins != nullptr && after.origins != origins_) set_origins(after.origins);
  std::vector<ServicePortId> gone;
  diff(before.service_ports, after.service_ports, [&](ServicePortId id, const auto*, const auto* now) {
    if (now != nullptr) {
      set_port(id, *now);
    } else {
      gone.push_back(id);
    }
  });
  diff(before.frontends, after.frontends, [&](const FrontendKey& key, const Frontend*, const Frontend* now) {
    if (now != nullptr) {
      set_frontend(key, *now);
    } else {
      remove_frontend(key);
    }
  });
  for (const ServicePortId id : gone) remove_port(id);
  for (Slot* slot : std::exchange(unsettled_, {})) settle(*slot);
}

/// Rare: nodes or their addresses have changed.
void Frontends::set_origins(std::shared_ptr<const Origins> origins) {
  origins_ = std::move(origins);
  for (auto& [key, slot] : slots_) {
    if (slot->binding.frontend.policy == config::TrafficPolicy::local) unsettled_.insert(slot.get());
  }
}

void Frontends::set_port(ServicePortId id, std::shared_ptr<const ServicePort> version) {
  Port& port = ports_[id];
  if (!port.entry) port.entry = std::make_shared<PortEntry>();
  port.entry->current = std::move(version);
  for (PortMember& member : port.entry->members) member.on_port_changed();
  unsettled_.insert(port.slots.begin(), port.slots.end());
}

void Frontends::remove_port(ServicePortId id) {
  const auto found = ports_.find(id);
  if (found == ports_.end()) return;
  found->second.entry->removed = true;
  for (PortMember& member : found->second.entry->members) member.on_port_changed();
  ports_.erase(found);
}

void Frontends::set_frontend(const FrontendKey& key, const Frontend& frontend) {
  const auto port = ports_.find(frontend.service_port);
  if (port == ports_.end()) return remove_frontend(key);  // a Table has no such frontend
  auto& slot = slots_[key];
  if (!slot) {
    slot = std::make_unique<Slot>();
  } else if (const auto old = ports_.find(slot->binding.frontend.service_port); old != ports_.end()) {
    old->second.slots.erase(slot.get());
  }
  slot->binding = {key, frontend, port->second.entry};
  port->second.slots.insert(slot.get());
  unsettled_.insert(slot.get());
}

void Frontends::remove_frontend(const FrontendKey& key) {
  const auto found = slots_.find(key);
  if (found == slots_.end()) return;
  Slot* slot = found->second.get();
  close(*slot);
  if (const auto port = ports_.find(slot->binding.frontend.service_port); port != ports_.end()) {
    port->second.slots.erase(slot);
  }
  failed_.erase(slot);
  unsettled_.erase(slot);
  slots_.erase(found);
}

/// Brings the listener to what the binding asks for.
void Frontends::settle(Slot& slot) {
  if (draining_) return slot.listener ? slot.listener->on_binding_changed() : void();
  const Binding& binding = slot.binding;
  const auto audience = audience_of(binding.port->port(), binding.key.address.ip, binding.frontend, *origins_);
  if (audience == Audience::nobody) return close(slot);
  if (!slot.listener) return open(slot);
  guard(slot);
  slot.listener->on_binding_changed();
}

void Frontends::guard(Slot& slot) const {
  auto filter = filter_of(slot.binding, *origins_);
  const bool same = std::ranges::equal(filter, slot.filter, [](const sock_filter& a, const sock_filter& b) {
    return a.code == b.code && a.k == b.k && a.jt == b.jt && a.jf == b.jf;
  });
  if (same) return;
  (void)set_filter(slot.listener->socket(), filter);  // without one they are looked at when they are accepted
  slot.filter = std::move(filter);
}

void Frontends::open(Slot& slot) {
  auto opened = open_(slot.binding);
  if (!opened) {
    failed_.insert(&slot);
    if (slot.failure != opened.error()) report(slot.binding.key, opened.error());
    slot.failure = opened.error();
    return;
  }
  slot.listener = std::move(*opened);
  slot.filter.clear();
  guard(slot);
  failed_.erase(&slot);
  if (std::exchange(slot.failure, std::nullopt)) report(slot.binding.key, std::nullopt);
}

void Frontends::close(Slot& slot) {
  failed_.erase(&slot);  // not wanted for now; it remembers what it has reported
  if (!slot.listener) return;
  slot.listener->accept_queued();
  slot.listener.reset();
}

void Frontends::report(const FrontendKey& key, std::optional<Error> failure) const {
  if (reports_.on_listen_result) reports_.on_listen_result(key, std::move(failure));
}

void Frontends::retry_failed() {
  const auto failed = failed_;
  for (Slot* slot : failed) open(*slot);
}

void Frontends::drain() {
  draining_ = true;
  failed_.clear();
  for (auto& [key, slot] : slots_) {
    if (slot->listener) slot->listener->drain();
  }
}

void Frontends::hand_over() {
  draining_ = true;
  failed_.clear();
  for (auto& [key, slot] : slots_) {
    if (slot->listener) slot->listener->hand_over();
  }
}

void Frontends::append_shared(Legacy& legacy) const {
  for (const auto& [key, slot] : slots_) {
    if (!slot->listener) continue;
    runtime::UniqueFd copy(::fcntl(slot->listener->socket(), F_DUPFD_CLOEXEC, 0));
    if (copy) legacy.listeners.push_back({key, std::move(copy)});
    slot->listener->append_flows(legacy.flows);
  }
  for (const auto& [id, port] : ports_) {
    port.entry->affinity.for_each([&](const AffinityKey& known, const SocketAddress& endpoint, TimePoint seen) {
      legacy.affinity.push_back({id, known.client, known.frontend, endpoint, seen});
    });
  }
}

void Frontends::sweep() {
  for (auto& [key, slot] : slots_) {
    if (slot->listener && slot->listener->connection_count() == 0) slot->listener.reset();
  }
}

PortEntry* Frontends::find_port(ServicePortId id) {
  const auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : found->second.entry.get();
}

std::size_t Frontends::connection_count() const {
  std::size_t count = 0;
  for (const auto& [key, slot] : slots_) count += slot->listener ? slot->listener->connection_count() : 0;
  return count;
}

void Frontends::append_records(std::vector<ConnectionRecord>& records) const {
  for (const auto& [key, slot] : slots_) {
    if (slot->listener) slot->listener->append_records(records);
  }
}

std::vector<FrontendKey> Frontends::open_keys() const {
  std::vector<FrontendKey> keys;
  for (const auto& [key, slot] : slots_) {
    if (slot->listener) keys.push_back(key);
  }
  return keys;
}

}  // namespace naru::proxy
