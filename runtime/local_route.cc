#include "runtime/local_route.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

int change(Netlink& netlink, std::uint16_t type, std::uint16_t flags, const LocalRoute& route) {
  Netlink::Message request(type, static_cast<std::uint16_t>(NLM_F_ACK | flags));
  auto& header = request.put_header<rtmsg>();
  header.rtm_family = kernel_family(route.cidr.family());
  header.rtm_dst_len = static_cast<std::uint8_t>(route.cidr.prefix_length());
  header.rtm_table = RT_TABLE_LOCAL;
  header.rtm_protocol = route.protocol;
  header.rtm_scope = RT_SCOPE_HOST;
  header.rtm_type = RTN_LOCAL;
  request.put(RTA_DST, route.cidr.base());
  request.put(RTA_OIF, ::if_nametoindex("lo"));
  request.put(RTA_PRIORITY, route.metric);
  return netlink.ask(request);
}

}  // namespace

int add_local_route(Netlink& netlink, const LocalRoute& route) {
  return change(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

int remove_local_route(Netlink& netlink, const LocalRoute& route) {
  return change(netlink, RTM_DELROUTE, 0, route);
}

Result<std::vector<LocalRoute>> local_routes_of(Netlink& netlink, Family family, std::uint8_t protocol) {
  Netlink::Message request(RTM_GETROUTE, NLM_F_DUMP);
  request.put_header<rtmsg>().rtm_family = kernel_family(family);
  std::vector<LocalRoute> routes;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) {
    const auto& header = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
    if (header.rtm_protocol != protocol || header.rtm_type != RTN_LOCAL || header.rtm_table != RT_TABLE_LOCAL) return;
    std::optional<IpAddress> base;
    std::uint32_t metric = 0;
    for_each_attribute(message, sizeof header, [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == RTA_DST) base = address_of(attribute);
      if (mnl_attr_get_type(&attribute) == RTA_PRIORITY) metric = mnl_attr_get_u32(&attribute);
    });
    if (base) routes.push_back({Cidr::of(*base, header.rtm_dst_len), metric, protocol});
  });
  if (error != 0) return socket_error(error, "cannot read the host's local routes");
  return routes;
}

}  // namespace naru::runtime
