#include "runtime/tcp_flows.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

#include "runtime/netlink.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

constexpr std::uint32_t kAllButListening = ~(1U << TCP_LISTEN | 1U << TCP_CLOSE);

IpAddress address_in(const std::uint32_t (&words)[4], Family family) {
  if (family == Family::ipv4) return IpAddress::v4(ntohl(words[0]));
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), words, bytes.size());
  return IpAddress::v6(bytes);
}

int collect(Netlink& kernel, Family family, const std::set<IpAddress>& addresses, std::set<TcpFlow>& flows) {
  Netlink::Message question(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
  auto& request = question.put_header<inet_diag_req_v2>();
  request.sdiag_family = kernel_family(family);
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = kAllButListening;
  return kernel.ask(question, [&](const nlmsghdr& header) {
    if (mnl_nlmsg_get_payload_len(&header) < sizeof(inet_diag_msg)) return;
    const auto& id = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(&header))->id;
    const IpAddress local = address_in(id.idiag_src, family);
    if (!addresses.contains(local)) return;
    flows.insert(TcpFlow{SocketAddress{local, Port(ntohs(id.idiag_sport))},
                         SocketAddress{address_in(id.idiag_dst, family), Port(ntohs(id.idiag_dport))}});
  });
}

}  // namespace

Result<std::set<TcpFlow>> tcp_flows(const std::set<IpAddress>& addresses) {
  std::set<TcpFlow> flows;
  Netlink kernel(NETLINK_SOCK_DIAG);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (std::ranges::none_of(addresses, [&](const IpAddress& x) { return x.family() == family; })) continue;
    if (const int error = collect(kernel, family, addresses, flows); error != 0) {
      return socket_error(error, "cannot list TCP connections");
    }
  }
  return flows;
}

}  // namespace naru::runtime
