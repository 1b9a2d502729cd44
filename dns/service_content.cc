#include "dns/service_content.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"

namespace naru::dns {
namespace {

/// What an SRV name is made of: "_http._tcp".
using PortName = std::pair<std::string, Protocol>;

struct Target {
  std::vector<IpAddress> addresses;
  std::set<std::pair<PortName, Port>> ports;
};

/// Everything that has addresses below, or at, the Service's name.
using Targets = std::map<Name, Target>;

PortName port_name(const PortRecord& port) {
  return {port.name, port.protocol};
}

/// "floor(100 / number of targets), at least 1", so that all together weigh about 100.
std::uint16_t weight(std::size_t targets) {
  return static_cast<std::uint16_t>(std::max<std::size_t>(1, 100 / std::max<std::size_t>(1, targets)));
}

std::optional<Name> srv_name(const PortName& port, const Name& service) {
  const auto protocol = Name::below("_" + to_lower(to_string(port.second)), service);
  return protocol ? Name::below("_" + port.first, *protocol) : std::nullopt;
}

/// The SRV records of the ports that `chosen` says.
template <class Chosen>
std::vector<SrvData> srv_records(const Targets& targets, Chosen&& chosen) {
  std::vector<SrvData> records;
  std::size_t used = 0;
  for (const auto& [name, target] : targets) {
    const std::size_t before = records.size();
    std::set<Port> ports;  // two port names may share a number
    for (const auto& [port, number] : target.ports) {
      if (chosen(port) && ports.insert(number).second) records.push_back({0, number, name, target.addresses});
    }
    if (records.size() > before) ++used;
  }
  for (SrvData& record : records) record.weight = weight(used);
  return records;
}

class ContentBuilder {
 public:
  ContentBuilder(const Name& service, std::uint32_t ttl) : service_(service), ttl_(ttl) {}

  void add_address(const Name& target, const IpAddress& address, bool cluster_ip) {
    targets_[target].addresses.push_back(address);
    all_addresses_.push_back(address);
    content_.pointers.push_back({address, cluster_ip, target});
  }

  void add_ports(const Name& target, const std::vector<PortRecord>& ports) {
    for (const PortRecord& port : ports) {
      if (port.name.empty() || port.port == Port()) continue;
      targets_[target].ports.emplace(port_name(port), port.port);
      port_names_.insert(port_name(port));
    }
  }

  void add_alias(const Name& target) { keep(own_, RecordSetBuilder(service_, ttl_).alias(target).build()); }

  ServiceContent finish() {
    const auto by_owner = [](const auto& a, const auto& b) { return a->owner() < b->owner(); };
    if (!targets_.empty()) add_records();
    std::sort(own_.begin(), own_.end(), by_owner);
    // Those of the targets, which may be thousands, are in order already.
    content_.records.reserve(own_.size() + targets_.size());
    Records below = target_records();
    std::merge(std::make_move_iterator(own_.begin()), std::make_move_iterator(own_.end()),
               std::make_move_iterator(below.begin()), std::make_move_iterator(below.end()),
               std::back_inserter(content_.records), by_owner);
    auto& pointers = content_.pointers;
    std::sort(pointers.begin(), pointers.end());
    pointers.erase(std::unique(pointers.begin(), pointers.end()), pointers.end());
    return std::move(content_);
  }

 private:
  using Records = std::vector<std::shared_ptr<const RecordSet>>;

  static void keep(Records& records, RecordSet set) {
    records.push_back(std::make_shared<const RecordSet>(std::move(set)));
  }

  void add_records() {
    const auto any_port = [](const PortName&) { return true; };
    keep(own_, RecordSetBuilder(service_, ttl_).addresses(all_addresses_).srv(srv_records(targets_, any_port)).build());
    for (const PortName& port : port_names_) {
      const auto name = srv_name(port, service_);
      const auto same = [&](const PortName& other) { return other == port; };
      if (name) keep(own_, RecordSetBuilder(*name, ttl_).srv(srv_records(targets_, same)).build());
    }
  }

  Records target_records() {
    Records records;
    records.reserve(targets_.size());
    for (const auto& [name, target] : targets_) {
      if (name != service_) keep(records, RecordSetBuilder(name, ttl_).addresses(target.addresses).build());
    }
    return records;
  }

  Name service_;
  std::uint32_t ttl_;
  Targets targets_;
  std::set<PortName> port_names_;
  std::vector<IpAddress> all_addresses_;
  Records own_;  // at the Service's name, and of its ports
  ServiceContent content_;
};

void add_endpoints(ContentBuilder& builder, const ServiceRecords& records, const Name& service) {
  for (const EndpointRecord& endpoint : records.endpoints) {
    if (!endpoint.ready) continue;
    auto target = Name::below(endpoint.hostname, service);
    if (!target || endpoint.hostname.find('.') != std::string::npos) target = Name::below(dashed(endpoint.ip), service);
    if (!target) continue;
    builder.add_address(*target, endpoint.ip, false);
    builder.add_ports(*target, endpoint.ports);
  }
}

}  // namespace

std::string dashed(const IpAddress& address) {
  std::string text = address.to_string();
  std::replace(text.begin(), text.end(), address.is_v4() ? '.' : ':', '-');
  if (text.ends_with('-')) text += '0';
  return text;
}

std::optional<Name> namespace_name(std::string_view name_space, const Name& domain) {
  const auto services = Name::below("svc", domain);
  return services ? Name::below(name_space, *services) : std::nullopt;
}

ServiceContent content_of(const ServiceRecords& records, const Name& domain, std::uint32_t ttl) {
  const auto name_space = namespace_name(records.service.name_space, domain);
  const auto service = name_space ? Name::below(records.service.name, *name_space) : std::nullopt;
  if (!service) return {};
  ContentBuilder builder(*service, ttl);
  if (!records.external_name.empty()) {
    const auto target = Name::parse(records.external_name);
    if (target) builder.add_alias(*target);
  } else if (records.headless) {
    add_endpoints(builder, records, *service);
  } else if (!records.cluster_ips.empty()) {
    for (const IpAddress& ip : records.cluster_ips) builder.add_address(*service, ip, true);
    builder.add_ports(*service, records.ports);
  }
  return builder.finish();
}

}  // namespace naru::dns
