#include "lb/layer2/plan.h"

#include <fnmatch.h>

#include <algorithm>

namespace naru::lb::layer2 {

bool excluded(const std::string& name, std::span<const std::string> globs) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

bool eligible(const Interface& interface, Family family) {
  return interface.speaks_arp && !interface.enslaved &&
         (family == Family::ipv4 ? interface.has_ipv4 : interface.has_ipv6);
}

std::map<unsigned, std::set<IpAddress>> placements(const std::map<IpAddress, InterfaceSelection>& owned,
                                                   std::span<const Interface> interfaces,
                                                   std::span<const std::string> excluded_globs) {
  std::map<unsigned, std::set<IpAddress>> placed;
  for (const Interface& interface : interfaces) {
    if (!interface.up || !interface.speaks_arp) continue;
    const bool left_out = excluded(interface.name, excluded_globs);
    for (const auto& [address, selection] : owned) {
      const bool wanted =
          selection.all ? !left_out && eligible(interface, address.family()) : selection.names.contains(interface.name);
      if (wanted) placed[interface.index].insert(address);
    }
  }
  return placed;
}

}  // namespace naru::lb::layer2
