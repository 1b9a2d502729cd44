#include "runtime/local_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/claimed_number.h"
#include "runtime/host_addresses.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

constexpr std::string_view kClaim = "naru-routes";

bool needs_nothing(const Cidr& cidr) {
  static const Cidr loopback = Cidr::of(IpAddress::v4(0x7f000000), 8);
  if (cidr.family() == Family::ipv4) return cidr.prefix_length() >= 8 && loopback.contains(cidr.base());
  return cidr.prefix_length() == 128 && cidr.base().is_loopback();
}

/// The address through which `cidr` would cut the host off from its neighbours.
const HostAddress* swallowed(const Cidr& cidr, std::span<const HostAddress> addresses) {
  for (const HostAddress& address : addresses) {
    const bool has_neighbours = address.prefix_length < address.ip.bits() && !address.ip.is_loopback();
    if (has_neighbours && cidr.contains(address.ip)) return &address;
  }
  return nullptr;
}

/// True if somebody else has made it local already, as an administrator may for a naru without privileges.
bool already_local(const Cidr& cidr) {
  const auto first = is_local(cidr.base());
  const auto last = is_local(cidr.last());
  return first && *first && last && *last;
}

Error failed(int error, const Cidr& cidr) {
  const auto what = fmt::format("cannot make {} local to this host", cidr.to_string());
  if (error != EPERM && error != EACCES) return socket_error(error, what);
  return Error{
      Errc::permission,
      fmt::format("{}: {} (it needs CAP_NET_ADMIN: run as root, `setcap cap_net_admin=+ep` on the binary, or "
                  "AmbientCapabilities=CAP_NET_ADMIN in the systemd unit; or have it done beforehand: `ip route add "
                  "local {} dev lo`; addresses within 127.0.0.0/8 need nothing)",
                  what, std::strerror(error), cidr.to_string())};
}

}  // namespace

LocalRoutes::~LocalRoutes() {
  while (!added_.empty()) remove(Cidr(*added_.begin()));
}

Result<void> LocalRoutes::add(const Cidr& cidr) {
  if (needs_nothing(cidr) || added_.contains(cidr)) return {};
  const auto addresses = host_addresses();
  if (!addresses) return addresses.error();
  if (cidr.size() == 1) {
    if (std::ranges::find(*addresses, cidr.base(), &HostAddress::ip) != addresses->end()) return {};
  } else if (const HostAddress* address = swallowed(cidr, *addresses)) {
    return Error{Errc::conflict, fmt::format("cannot make {} local to this host: it holds {}, the address of {}, whose "
                                             "neighbours would be out of reach",
                                             cidr.to_string(), address->ip.to_string(), address->interface_name)};
  }
  if (const auto claimed = claim(); !claimed) return claimed;
  const int error = add_local_route(netlink_, {cidr, number_, kProtocol});
  if (error == EPERM && already_local(cidr)) return {};
  if (error != 0 && error != EEXIST) return failed(error, cidr);
  added_.insert(cidr);
  return {};
}

void LocalRoutes::remove(const Cidr& cidr) {
  // Fails only where somebody has removed it before us, and then there is nothing left to do.
  if (added_.erase(cidr) != 0) (void)remove_local_route(netlink_, {cidr, number_, kProtocol});
}

Result<std::size_t> LocalRoutes::remove_leftovers() {
  std::size_t removed = 0;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto routes = local_routes_of(netlink_, family, kProtocol);
    if (!routes) return routes.error();
    for (const LocalRoute& route : *routes) {
      const UniqueFd dead = route.metric != number_ ? claim_number(kClaim, route.metric) : UniqueFd();
      if (!dead) continue;
      const int error = remove_local_route(netlink_, route);
      if (error == 0) ++removed;
      if (error != 0 && error != ESRCH) {
        return socket_error(error, fmt::format("cannot remove the route to {} that a naru which is no more has left",
                                               route.cidr.to_string()));
      }
    }
  }
  return removed;
}

Result<void> LocalRoutes::claim() {
  if (number_ != 0) return {};
  auto claimed = ClaimedNumber::any(kClaim);
  if (!claimed) return claimed.error();
  number_ = claimed->value;
  claim_ = std::move(claimed->claim);
  return {};
}

}  // namespace naru::runtime
