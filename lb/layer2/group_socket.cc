#include "lb/layer2/group_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "lb/layer2/ndp.h"

namespace naru::lb::layer2 {
namespace {

ipv6_mreq request_for(const IpAddress& group, unsigned interface_index) {
  ipv6_mreq request{};
  std::memcpy(&request.ipv6mr_multiaddr, group.bytes().data(), 16);
  request.ipv6mr_interface = interface_index;
  return request;
}

}  // namespace

int GroupSockets::join_on(std::size_t socket, const IpAddress& group) {
  const ipv6_mreq request = request_for(group, interface_index_);
  const int fd = sockets_[socket].get();
  return ::setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request) == 0 ? 0 : errno;
}

int GroupSockets::join(const IpAddress& address) {
  const IpAddress group = solicited_node_group(address);
  const auto found = groups_.find(group);
  if (found != groups_.end()) {
    ++found->second.members;
    return 0;
  }
  int error = sockets_.empty() ? ENOMEM : join_on(sockets_.size() - 1, group);
  if (error == ENOMEM || error == ENOBUFS) {  // full
    runtime::UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return errno;
    sockets_.push_back(std::move(fd));
    error = join_on(sockets_.size() - 1, group);
  }
  if (error == 0) groups_[group] = {sockets_.size() - 1, 1};
  return error;
}

void GroupSockets::leave(const IpAddress& address) {
  const IpAddress group = solicited_node_group(address);
  const auto found = groups_.find(group);
  if (found == groups_.end() || --found->second.members > 0) return;
  const ipv6_mreq request = request_for(group, interface_index_);
  // Fails only where the interface is gone, and the membership with it.
  (void)::setsockopt(sockets_[found->second.socket].get(), IPPROTO_IPV6, IPV6_LEAVE_GROUP, &request, sizeof request);
  groups_.erase(found);
}

}  // namespace naru::lb::layer2
