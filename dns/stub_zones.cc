#include "dns/stub_zones.h"

namespace naru::dns {

StubZones::StubZones(const ForwardOptions& options) : for_all_names_(!options.upstreams.empty()) {
  for (const StubZone& zone : options.stub_zones) groups_.emplace(zone.apex.wire(), groups_.size() + 1);
}

std::optional<std::size_t> StubZones::group_of(std::string_view name) const {
  if (!groups_.empty()) {
    for (;; name.remove_prefix(static_cast<std::size_t>(name[0]) + 1)) {
      if (const auto found = groups_.find(name); found != groups_.end()) return found->second;
      if (name.size() == 1) break;
    }
  }
  return for_all_names_ ? std::optional<std::size_t>(0) : std::nullopt;
}

}  // namespace naru::dns
