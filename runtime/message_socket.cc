#include "runtime/message_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{Errc::bad_input, path + ": too long for a socket's path"};
  }
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void set_timeout(int fd, std::chrono::milliseconds timeout) {
  const timeval limit{timeout / std::chrono::seconds(1),
                      std::chrono::microseconds(timeout % std::chrono::seconds(1)).count()};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

UniqueFd new_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

bool is_ours(int fd) {
  ucred other{};
  socklen_t size = sizeof other;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 && other.uid == ::geteuid();
}

/// The descriptors that came with a message.
std::vector<UniqueFd> take_fds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

Result<UniqueFd> listen_messages(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return address.error();
  if (const UniqueFd probe = new_socket(); ::connect(probe.get(), generic(*address), sizeof *address) == 0) {
    return Error{Errc::conflict, path + ": another process listens there"};
  }
  if (errno == ECONNREFUSED) ::unlink(path.c_str());
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // Linux gives the file the mode that the socket has before bind: there is no moment at which others may connect.
  ::fchmod(fd.get(), 0600);
  if (::bind(fd.get(), generic(*address), sizeof *address) != 0 || ::listen(fd.get(), 4) != 0) {
    return socket_error(errno, "cannot listen on " + path);
  }
  return fd;
}

Result<UniqueFd> connect_messages(const std::string& path, std::chrono::milliseconds timeout) {
  const auto address = address_of(path);
  if (!address) return address.error();
  UniqueFd fd = new_socket();
  set_timeout(fd.get(), timeout);
  if (::connect(fd.get(), generic(*address), sizeof *address) == 0) return fd;
  if (errno == ENOENT) return Error{Errc::not_found, path + ": no such socket"};
  if (errno == ECONNREFUSED) return Error{Errc::unavailable, path + ": nobody listens there"};
  return socket_error(errno, path);
}

UniqueFd accept_messages(int listener, std::chrono::milliseconds timeout) {
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd || !is_ours(fd.get())) return {};
  set_timeout(fd.get(), timeout);
  return fd;
}

Result<void> send_message(int fd, std::string_view text, std::span<const int> fds) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostMessageFds * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  while (::sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return socket_error(errno, "cannot send");
  }
  return {};
}

Result<Message> receive_message(int fd) {
  Message received;
  received.text.resize(kMostMessageBytes);
  iovec part{received.text.data(), received.text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostMessageFds * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  while ((got = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  if (got == 0) return Error{Errc::unavailable, "the other process has closed the connection"};
  if (got < 0 && errno == EAGAIN) return Error{Errc::unavailable, "the other process says nothing"};
  if (got < 0) return socket_error(errno, "cannot receive");
  received.fds = take_fds(message);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Error{Errc::io, "a message that is too long"};
  received.text.resize(static_cast<std::size_t>(got));
  return received;
}

}  // namespace naru::runtime
