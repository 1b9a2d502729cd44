#include "daemon/node_addresses.h"

#include <algorithm>

namespace naru::daemon {
namespace {

void append(std::vector<IpAddress>& to, const std::vector<IpAddress>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::vector<IpAddress> primary_of(const config::Node* node, const HostAddresses& host) {
  const std::vector<IpAddress> internal = node != nullptr ? node->internal_ips() : std::vector<IpAddress>{};
  return internal.empty() ? host.primary : internal;
}

/// Of IPv6 only where the host has it.
std::vector<IpAddress> localhost_of(const HostAddresses& host) {
  std::vector<IpAddress> addresses = {IpAddress::v4(0x7f000001)};
  std::ranges::copy_if(host.all, std::back_inserter(addresses),
                       [](const IpAddress& ip) { return !ip.is_v4() && ip.is_loopback(); });
  return addresses;
}

}  // namespace

std::vector<IpAddress> node_port_addresses(const config::NodePortAddresses& setting, const config::Node* node,
                                           const HostAddresses& host) {
  std::vector<IpAddress> addresses;
  if (setting.is_default() || setting.primary) append(addresses, primary_of(node, host));
  if (setting.localhost) append(addresses, localhost_of(host));
  std::vector<IpAddress> candidates = host.all;
  if (node != nullptr) append(candidates, node->internal_ips());
  if (setting.all) append(addresses, candidates);
  for (const Cidr& cidr : setting.cidrs) {
    std::ranges::copy_if(candidates, std::back_inserter(addresses),
                         [&](const IpAddress& ip) { return cidr.contains(ip); });
  }
  std::ranges::sort(addresses);
  const auto duplicates = std::ranges::unique(addresses);
  addresses.erase(duplicates.begin(), duplicates.end());
  return addresses;
}

}  // namespace naru::daemon
