#include "dns/zone.h"

#include <algorithm>

#include "base/hash.h"

namespace naru::dns {
namespace {

constexpr std::string_view kVersion = "1.1.0";  // of the Kubernetes DNS specification

std::vector<IpAddress> specified(const std::vector<IpAddress>& addresses) {
  std::vector<IpAddress> result;
  for (const IpAddress& address : addresses) {
    if (!address.is_unspecified()) result.push_back(address);
  }
  return result;
}

}  // namespace

std::size_t Zone::ServiceNameHash::operator()(const config::ServiceName& name) const {
  return combine(hash_bytes(name.name_space), hash_bytes(name.name));
}

std::size_t Zone::TextHash::operator()(std::string_view text) const {
  return hash_bytes(text);
}

Zone::Zone(const ZoneOptions& options) : pod_names_(options.pods) {
  const Name domain = Name::parse(options.domain).value_or(*Name::parse("cluster.local"));
  origins_ = std::make_shared<const Origins>(make_origins(domain, options.service_cidrs, options.ttl));
  add_skeleton(options);
}

void Zone::add_skeleton(const ZoneOptions& options) {
  const auto put = [&](const Name& name, RecordSet records) {
    update(name, [&](Node& node) {
      node.holds = 1;
      node.records = std::make_shared<const RecordSet>(std::move(records));
    });
  };
  for (const Origin& zone : origins_->zones) {
    put(zone.apex, RecordSetBuilder(zone.apex, ttl()).names(Type::ns, std::span(&origins_->server, 1)).build());
  }
  const Name& domain = origins_->domain;
  if (const auto services = Name::below("svc", domain)) put(*services, RecordSetBuilder(*services, ttl()).build());
  const auto pods = Name::below("pod", domain);
  if (pods && pod_names_ != PodNames::disabled) put(*pods, RecordSetBuilder(*pods, ttl()).build());
  if (const auto version = Name::below("dns-version", domain)) {
    put(*version, RecordSetBuilder(*version, ttl()).text(kVersion).build());
  }
  const Name& server = origins_->server;
  if (server != domain) put(server, RecordSetBuilder(server, ttl()).addresses(specified(options.addresses)).build());
}

const Origin* Zone::origin_of(const Name& name) const {
  ParsedName parsed;
  parsed.assign(name.wire());
  return origins_->find(parsed.lower(), parsed.labels());
}

template <class Change>
bool Zone::change_node(const Name& name, Change&& change) {
  const Node* current = names_.find(name);
  Node node = current != nullptr ? *current : Node{};
  const bool existed = node.exists();
  change(node);
  const bool exists = node.exists();
  if (exists && node.records == nullptr)
    node.records = std::make_shared<const RecordSet>(RecordSetBuilder(name, ttl()).build());
  if (exists) {
    names_.set(name, std::move(node));
  } else if (existed) {
    names_.erase(name);
  }
  return existed != exists;
}

template <class Change>
void Zone::update(const Name& name, Change&& change) {
  if (!change_node(name, change)) return;
  const std::uint32_t step = names_.find(name) != nullptr ? 1U : ~0U;
  for (Name at = name; !at.is_root(); at = at.parent()) {
    const Name parent = at.parent();
    if (origin_of(parent) == nullptr) return;
    if (!change_node(parent, [&](Node& node) { node.children += step; })) return;
  }
}

void Zone::set_service(ServiceRecords records) {
  const auto* current = services_.find(records.service);
  if (current != nullptr && (*current)->records == records) return;
  const std::shared_ptr<const HeldService> held = current != nullptr ? *current : nullptr;
  const ServiceContent none;
  const ServiceContent& before = held ? held->content : none;
  ServiceContent after = content_of(records, origins_->domain, ttl());
  if (!held) hold_namespace(records.service.name_space, 1);
  replace_records(before, after);
  replace_pointers(records.service, before, after);
  config::ServiceName name = records.service;
  services_.set(std::move(name),
                std::make_shared<const HeldService>(HeldService{std::move(records), std::move(after)}));
}

void Zone::erase_service(const config::ServiceName& service) {
  const auto* current = services_.find(service);
  if (current == nullptr) return;
  const std::shared_ptr<const HeldService> held = *current;
  services_.erase(service);
  ServiceContent none;
  replace_records(held->content, none);
  replace_pointers(service, held->content, none);
  hold_namespace(service.name_space, ~0U);
}

void Zone::replace_records(const ServiceContent& before, ServiceContent& after) {
  const auto clear = [&](const RecordSet& old) {
    const Name name = Name::from_wire(old.owner());
    set_records(name, std::make_shared<const RecordSet>(RecordSetBuilder(name, ttl()).build()));
  };
  auto old = before.records.begin();
  for (auto& records : after.records) {
    for (; old != before.records.end() && (*old)->owner() < records->owner(); ++old) clear(**old);
    const bool known = old != before.records.end() && (*old)->owner() == records->owner();
    if (known && **old == *records) {
      records = *old;
    } else {
      set_records(Name::from_wire(records->owner()), records);
    }
    if (known) ++old;
  }
  for (; old != before.records.end(); ++old) clear(**old);
}

/// Nothing happens if they are equal.
void Zone::set_records(const Name& name, std::shared_ptr<const RecordSet> records) {
  const Node* current = names_.find(name);
  if (current != nullptr && *current->records == *records) return;
  update(name, [&](Node& node) { node.records = std::move(records); });
}

void Zone::replace_pointers(const config::ServiceName& service, const ServiceContent& before,
                            const ServiceContent& after) {
  std::vector<IpAddress> changed;
  std::vector<Pointer> difference;
  std::set_symmetric_difference(before.pointers.begin(), before.pointers.end(), after.pointers.begin(),
                                after.pointers.end(), std::back_inserter(difference));
  for (const Pointer& pointer : difference) changed.push_back(pointer.address);
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const IpAddress& address : changed) {
    const auto* known = pointers_.find(address);
    PointerOwners owners = known != nullptr ? **known : PointerOwners{};
    std::erase_if(owners, [&](const PointerOwner& owner) { return owner.service == service; });
    const auto by_address = [](const Pointer& pointer, const IpAddress& wanted) { return pointer.address < wanted; };
    auto mine = std::lower_bound(after.pointers.begin(), after.pointers.end(), address, by_address);
    for (; mine != after.pointers.end() && mine->address == address; ++mine) {
      owners.push_back({service, mine->cluster_ip, mine->target});
    }
    std::sort(owners.begin(), owners.end());
    set_pointers(address, std::move(owners));
  }
}

void Zone::set_pointers(const IpAddress& address, PointerOwners owners) {
  const Name name = reverse_name(address);
  set_records(name, std::make_shared<const RecordSet>(pointer_records(name, owners)));
  if (owners.empty()) {
    pointers_.erase(address);
  } else {
    pointers_.set(address, std::make_shared<const PointerOwners>(std::move(owners)));
  }
}

RecordSet Zone::pointer_records(const Name& name, const PointerOwners& owners) const {
  const bool by_service = std::any_of(owners.begin(), owners.end(), [](const auto& owner) { return owner.cluster_ip; });
  std::vector<Name> targets;
  for (const PointerOwner& owner : owners) {
    if (owner.cluster_ip == by_service) targets.push_back(owner.target);
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  RecordSetBuilder builder(name, ttl());
  // A service CIDR of one address: its zone's apex is the address's own name.
  const Origin* origin = origin_of(name);
  if (origin != nullptr && origin->apex == name) builder.names(Type::ns, std::span(&origins_->server, 1));
  return builder.names(Type::ptr, targets).build();
}

void Zone::set_namespace(const std::string& name) {
  if (namespaces_.find(name) != nullptr) return;
  namespaces_.set(name, true);
  hold_namespace(name, 1);
}

void Zone::erase_namespace(const std::string& name) {
  if (namespaces_.erase(name)) hold_namespace(name, ~0U);
}

void Zone::hold_namespace(const std::string& name, std::uint32_t change) {
  const auto hold = [&](const std::optional<Name>& at) {
    if (at) update(*at, [&](Node& node) { node.holds += change; });
  };
  hold(namespace_name(name, origins_->domain));
  const auto pods = Name::below("pod", origins_->domain);
  if (pods && pod_names_ != PodNames::disabled) hold(Name::below(name, *pods));
}

}  // namespace naru::dns
