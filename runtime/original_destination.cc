#include "runtime/original_destination.h"

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

// SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h, which
// cannot be included beside netinet/in.h.
constexpr int kOriginalDestination = 80;

}  // namespace

std::optional<SocketAddress> original_destination(int fd, Family family) {
  KernelAddress to;
  const int level = family == Family::ipv4 ? SOL_IP : SOL_IPV6;
  if (::getsockopt(fd, level, kOriginalDestination, to.get(), &to.size) != 0) return std::nullopt;
  return to.address();
}

}  // namespace naru::runtime
