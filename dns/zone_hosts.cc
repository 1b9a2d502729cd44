#include <algorithm>
#include <map>

#include "dns/zone.h"

// Names given by hand.
namespace naru::dns {

ServiceContent Zone::content_of_hosts(const std::vector<HostRecord>& hosts) const {
  std::map<Name, std::vector<IpAddress>> by_name;
  ServiceContent content;
  for (const HostRecord& host : hosts) {
    for (const Name& name : host.names) {
      if (name.is_root() || origin_of(name) != nullptr) continue;
      by_name[name].push_back(host.ip);
      // Lists of names to be kept from resolving give them all one such address, whose name is of use to nobody.
      if (!host.ip.is_unspecified()) content.pointers.push_back({host.ip, false, name});
    }
  }
  for (const auto& [name, ips] : by_name) {
    content.records.push_back(std::make_shared<const RecordSet>(RecordSetBuilder(name, ttl()).addresses(ips).build()));
  }
  std::ranges::sort(content.pointers);
  content.pointers.erase(std::unique(content.pointers.begin(), content.pointers.end()), content.pointers.end());
  return content;
}

void Zone::set_hosts(const std::vector<HostRecord>& hosts) {
  const ServiceContent before = hosts_ ? *hosts_ : ServiceContent{};
  auto after = std::make_shared<ServiceContent>(content_of_hosts(hosts));
  replace_records(before, *after);
  // No Service has this name.
  replace_pointers({}, before, *after);
  hosts_ = std::move(after);
}

}  // namespace naru::dns
