#include "runtime/netlink_listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

constexpr int kBuffer = 1 << 20;  // a thousand interfaces that change at once

}  // namespace

Result<void> NetlinkListener::open(std::initializer_list<int> groups) {
  socket_.reset(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK));
  const char* const what = "cannot follow the host's interfaces";
  if (!socket_) return socket_error(errno, what);
  set_buffers(fd(), kBuffer);
  int error = mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) == 0 ? 0 : errno;
  for (int group : groups) {
    if (error != 0) break;
    if (mnl_socket_setsockopt(socket_.get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) error = errno;
  }
  if (error == 0) return {};
  socket_.reset();
  return socket_error(error, what);
}

bool NetlinkListener::receive(const std::function<void(const nlmsghdr&)>& on_message) {
  std::vector<char> buffer(32768);
  for (;;) {
    const auto size = ::recv(fd(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno != ENOBUFS;
    int left = static_cast<int>(size);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(message, left);
         message = mnl_nlmsg_next(message, &left)) {
      on_message(*message);
    }
  }
}

}  // namespace naru::runtime
