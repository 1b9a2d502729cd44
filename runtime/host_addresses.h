// Which addresses this host has, and which of them it is known by.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace naru::runtime {

/// An address of an interface.
struct HostAddress {
  IpAddress ip;
  unsigned prefix_length{};  // of the subnet that the interface is on
  unsigned interface_index{};
  std::string interface_name;
  bool global{};      // of global scope: neither of this host nor of this link alone
  bool usable{true};  // not tentative (still being checked for a duplicate), nor deprecated

  [[nodiscard]] Cidr subnet() const { return Cidr::of(ip, prefix_length); }
};

/// A route to everywhere, as far as it tells where packets come from.
struct DefaultRoute {
  unsigned interface_index{};
  std::optional<IpAddress> source;  // that the route prefers
  std::optional<IpAddress> gateway;
  std::uint32_t metric{};
};

/// All addresses of all interfaces in this network namespace, loopback's too, in the kernel's order.
[[nodiscard]] Result<std::vector<HostAddress>> host_addresses();

/// The one that others know the host by: the source of the default route (its preferred source, else the address on its
/// interface that shares a subnet with the gateway, else the first there), else the first global address of any
/// interface. Nothing where there is no global address of the family.
[[nodiscard]] std::optional<IpAddress> choose_primary(Family family, std::span<const HostAddress> addresses,
                                                      const std::optional<DefaultRoute>& route);

/// choose_primary() of what the kernel says now.
[[nodiscard]] Result<std::optional<IpAddress>> primary_address(Family family);

/// True if packets to `address` are delivered on this host: an interface's address, or one within a local route.
[[nodiscard]] Result<bool> is_local(const IpAddress& address);

}  // namespace naru::runtime
