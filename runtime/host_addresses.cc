#include "runtime/host_addresses.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "runtime/netlink.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

std::string name_of(unsigned interface_index) {
  char name[IF_NAMESIZE] = {};
  return ::if_indextoname(interface_index, name) != nullptr ? name : std::to_string(interface_index);
}

HostAddress parse_address(const nlmsghdr& message) {
  const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  HostAddress address;
  bool has_local = false;
  for_each_attribute(message, sizeof header, [&](const nlattr& attribute) {
    // On a point-to-point link IFA_ADDRESS is the peer's; IFA_LOCAL, where given, is ours.
    const bool local = mnl_attr_get_type(&attribute) == IFA_LOCAL;
    if (!local && (has_local || mnl_attr_get_type(&attribute) != IFA_ADDRESS)) return;
    if (const auto ip = address_of(attribute)) address.ip = *ip;
    has_local = has_local || local;
  });
  address.prefix_length = header.ifa_prefixlen;
  address.interface_index = header.ifa_index;
  address.interface_name = name_of(header.ifa_index);
  address.global = header.ifa_scope == RT_SCOPE_UNIVERSE || header.ifa_scope == RT_SCOPE_SITE;
  address.usable = (header.ifa_flags & (IFA_F_TENTATIVE | IFA_F_DEPRECATED | IFA_F_DADFAILED)) == 0;
  return address;
}

std::optional<DefaultRoute> parse_default_route(const nlmsghdr& message) {
  const auto& header = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  if (header.rtm_dst_len != 0 || header.rtm_type != RTN_UNICAST || header.rtm_table != RT_TABLE_MAIN)
    return std::nullopt;
  DefaultRoute route;
  for_each_attribute(message, sizeof header, [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case RTA_OIF:
        route.interface_index = mnl_attr_get_u32(&attribute);
        break;
      case RTA_PRIORITY:
        route.metric = mnl_attr_get_u32(&attribute);
        break;
      case RTA_PREFSRC:
        route.source = address_of(attribute);
        break;
      case RTA_GATEWAY:
        route.gateway = address_of(attribute);
        break;
      default:
        break;
    }
  });
  return route;
}

/// The default route of the lowest metric.
Result<std::optional<DefaultRoute>> default_route(Family family) {
  Netlink netlink;
  Netlink::Message request(RTM_GETROUTE, NLM_F_DUMP);
  request.put_header<rtmsg>().rtm_family = kernel_family(family);
  std::optional<DefaultRoute> best;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) {
    const auto route = parse_default_route(message);
    if (route && (!best || route->metric < best->metric)) best = route;
  });
  if (error != 0) return socket_error(error, "cannot read the host's routes");
  return best;
}

/// How good a primary address this one is: the higher the better, 0 not at all.
int rank(const HostAddress& address, const std::optional<DefaultRoute>& route) {
  if (!address.global || address.ip.is_loopback()) return 0;
  if (!address.usable) return 1;
  if (!route || address.interface_index != route->interface_index) return 2;
  return route->gateway && address.subnet().contains(*route->gateway) ? 4 : 3;
}

}  // namespace

Result<std::vector<HostAddress>> host_addresses() {
  Netlink netlink;
  Netlink::Message request(RTM_GETADDR, NLM_F_DUMP);
  request.put_header<ifaddrmsg>().ifa_family = AF_UNSPEC;
  std::vector<HostAddress> addresses;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) { addresses.push_back(parse_address(message)); });
  if (error != 0) return socket_error(error, "cannot read the host's addresses");
  return addresses;
}

std::optional<IpAddress> choose_primary(Family family, std::span<const HostAddress> addresses,
                                        const std::optional<DefaultRoute>& route) {
  if (route && route->source) return route->source;
  std::optional<IpAddress> best;
  int best_rank = 0;
  for (const HostAddress& address : addresses) {
    const int its_rank = address.ip.family() == family ? rank(address, route) : 0;
    if (its_rank <= best_rank) continue;
    best = address.ip;
    best_rank = its_rank;
  }
  return best;
}

Result<std::optional<IpAddress>> primary_address(Family family) {
  const auto addresses = host_addresses();
  if (!addresses) return addresses.error();
  const auto route = default_route(family);
  if (!route) return route.error();
  return choose_primary(family, *addresses, *route);
}

Result<bool> is_local(const IpAddress& address) {
  Netlink netlink;
  Netlink::Message request(RTM_GETROUTE, 0);
  auto& header = request.put_header<rtmsg>();
  header.rtm_family = kernel_family(address.family());
  header.rtm_dst_len = static_cast<std::uint8_t>(address.bits());
  request.put(RTA_DST, address);
  bool local = false;
  // A single reply, not a dump: it would come without an end mark, so an acknowledgement is asked for.
  request.get()->nlmsg_flags |= NLM_F_ACK;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) {
    local = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_type == RTN_LOCAL;
  });
  // No route at all is an answer.
  if (error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES || error == EINVAL) return false;
  if (error != 0) return socket_error(error, "cannot look up the route to " + address.to_string());
  return local;
}

}  // namespace naru::runtime
