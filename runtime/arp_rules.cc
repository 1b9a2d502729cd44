#include "runtime/arp_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace naru::runtime {
namespace {

/// Names that need no quoting beyond quotes. An interface with another is left to the last rule.
bool plain(const std::string& name) {
  constexpr std::string_view kMore = "_-.:@";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMore.find(c) != kMore.npos;
  });
}

std::vector<HostAddress> senders(std::span<const HostAddress> host) {
  std::vector<HostAddress> all;
  std::copy_if(host.begin(), host.end(), std::back_inserter(all), [](const HostAddress& address) {
    return address.ip.is_v4() && !address.ip.is_loopback() && plain(address.interface_name) &&
           address.interface_name != "lo";
  });
  return all;
}

/// Interface and subnet -> the address there. Subnets of one interface must not overlap: the smaller one stands.
std::string by_subnet(std::span<const HostAddress> host) {
  std::vector<HostAddress> all = senders(host);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.prefix_length > b.prefix_length; });
  std::vector<HostAddress> taken;
  std::vector<std::string> elements;
  for (const HostAddress& address : all) {
    const bool overlaps = std::any_of(taken.begin(), taken.end(), [&](const HostAddress& other) {
      return other.interface_name == address.interface_name && other.subnet().overlaps(address.subnet());
    });
    if (overlaps) continue;
    taken.push_back(address);
    elements.push_back(
        fmt::format("\"{}\" . {} : {}", address.interface_name, address.subnet().to_string(), address.ip.to_string()));
  }
  return fmt::format("{}", fmt::join(elements, ", "));
}

/// Interface -> its first address.
std::string by_interface(std::span<const HostAddress> host) {
  std::set<std::string> taken;
  std::vector<std::string> elements;
  for (const HostAddress& address : senders(host)) {
    if (!taken.insert(address.interface_name).second) continue;
    elements.push_back(fmt::format("\"{}\" : {}", address.interface_name, address.ip.to_string()));
  }
  return fmt::format("{}", fmt::join(elements, ", "));
}

std::string list(const std::set<IpAddress>& addresses) {
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses) texts.push_back(address.to_string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Nothing for no elements, for which nft has no syntax.
std::string element_command(std::string_view verb, const std::string& table, std::string_view set,
                            const std::string& elements) {
  if (elements.empty()) return "";
  return fmt::format("{} element arp {} {} {{ {} }}\n", verb, table, set, elements);
}

}  // namespace

std::set<IpAddress> holdable(const std::set<IpAddress>& wanted, std::span<const HostAddress> host) {
  std::set<IpAddress> held;
  for (const IpAddress& address : wanted) {
    const bool on_interface = std::any_of(host.begin(), host.end(), [&](const HostAddress& own) {
      return own.ip == address && own.interface_name != "lo";
    });
    if (address.is_v4() && !on_interface) held.insert(address);
  }
  return held;
}

std::string arp_table(const std::string& table, const std::set<IpAddress>& held, std::span<const HostAddress> host) {
  const std::string make = fmt::format(R"(add table arp {0}
delete table arp {0}
table arp {0} {{
  set held {{ type ipv4_addr; }}
  map by_subnet {{ type ifname . ipv4_addr : ipv4_addr; flags interval; }}
  map by_interface {{ type ifname : ipv4_addr; }}
  chain input {{
    type filter hook input priority filter; policy accept;
    arp operation request arp daddr ip @held drop
  }}
  chain output {{
    type filter hook output priority filter; policy accept;
    arp operation request arp saddr ip @held arp saddr ip set oifname . arp daddr ip map @by_subnet
    arp operation request arp saddr ip @held arp saddr ip set oifname map @by_interface
    arp operation request arp saddr ip @held arp saddr ip set 0.0.0.0
  }}
}}
)",
                                       table);
  return make + element_command("add", table, "held", list(held)) +
         element_command("add", table, "by_subnet", by_subnet(host)) +
         element_command("add", table, "by_interface", by_interface(host));
}

std::string arp_held_change(const std::string& table, const std::set<IpAddress>& before,
                            const std::set<IpAddress>& after) {
  std::set<IpAddress> gone, added;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::inserter(gone, gone.end()));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::inserter(added, added.end()));
  return element_command("delete", table, "held", list(gone)) + element_command("add", table, "held", list(added));
}

std::string arp_senders_change(const std::string& table, std::span<const HostAddress> host) {
  return fmt::format("flush map arp {0} by_subnet\nflush map arp {0} by_interface\n", table) +
         element_command("add", table, "by_subnet", by_subnet(host)) +
         element_command("add", table, "by_interface", by_interface(host));
}

}  // namespace naru::runtime
