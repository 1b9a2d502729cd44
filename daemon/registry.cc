#include "daemon/registry.h"

#include <algorithm>

namespace naru::daemon {

Registry::Entry& Registry::entry(const ServicePortKey& key) {
  const auto [at, is_new] = entries_.try_emplace(key);
  if (is_new) {
    at->second.id = proxy::ServicePortId{next_id_++};
    at->second.state = std::make_shared<proxy::ServicePortState>();
  }
  return at->second;
}

std::shared_ptr<lb::EndpointState> Registry::endpoint(Entry& entry, const SocketAddress& address) {
  auto& cell = entry.endpoints[address];
  if (!cell) cell = std::make_shared<lb::EndpointState>();
  return cell;
}

void Registry::keep_only(Entry& entry, const std::vector<lb::Endpoint>& current) {
  if (entry.endpoints.size() == current.size()) return;
  std::erase_if(entry.endpoints, [&](const auto& cell) {
    return !std::ranges::binary_search(current, cell.first, {}, &lb::Endpoint::address);
  });
}

}  // namespace naru::daemon
