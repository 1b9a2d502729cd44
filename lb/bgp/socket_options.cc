#include "lb/bgp/socket_options.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/socket.h"

namespace naru::lb::bgp {
namespace {

constexpr int kNetworkControl = 0xc0;  // CS6 (RFC 4594)
constexpr int kMostHops = 255;

bool set_int(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool is_one_hop_away(const PeerSettings& settings) {
  if (settings.ebgp_multi_hop) return false;
  if (settings.dynamic_asn) return *settings.dynamic_asn == DynamicAsn::external;
  return settings.peer_asn != settings.my_asn;
}

}  // namespace

int set_options(int fd, const PeerSettings& settings) {
  const int hops = is_one_hop_away(settings) ? 1 : kMostHops;
  const bool done = settings.address.is_v4()
                        ? set_int(fd, IPPROTO_IP, IP_TTL, hops) && set_int(fd, IPPROTO_IP, IP_TOS, kNetworkControl)
                        : set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops) &&
                              set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, kNetworkControl);
  return done && set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) ? 0 : errno;
}

int set_password(int fd, const IpAddress& peer, const std::string& password) {
  tcp_md5sig signature{};
  const runtime::KernelAddress address({peer, Port()});
  std::memcpy(&signature.tcpm_addr, &address.storage, sizeof signature.tcpm_addr);
  const std::size_t size = std::min(password.size(), sizeof signature.tcpm_key);
  signature.tcpm_keylen = static_cast<std::uint16_t>(size);
  std::memcpy(signature.tcpm_key, password.data(), size);
  const bool done = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof signature) == 0;
  return done || (password.empty() && errno == ENOENT) ? 0 : errno;
}

}  // namespace naru::lb::bgp
