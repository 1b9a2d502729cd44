// Sockets as the data plane wants them: non-blocking, close-on-exec, with failures as values that say what to do.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/result.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// A SocketAddress in the kernel's form.
struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t size{sizeof(sockaddr_storage)};

  KernelAddress() = default;
  explicit KernelAddress(const SocketAddress& address);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  /// The address in `storage`; 0.0.0.0:0 if it is of no family we know.
  [[nodiscard]] SocketAddress address() const;
};

/// A failed system call as an Error: Errc::permission (EACCES, EPERM), conflict (EADDRINUSE), unavailable
/// (EADDRNOTAVAIL), exhausted (EMFILE, ENFILE, ENOBUFS, ENOMEM), else io. The message is "<what>: <reason>", and where
/// the user can do something about it, what.
[[nodiscard]] Error socket_error(int error_number, const std::string& what);

/// A listening TCP socket with SO_REUSEPORT (each worker has its own) and TCP_NODELAY, which accepted sockets inherit.
Result<UniqueFd> listen_tcp(const SocketAddress& address, int backlog = 4096);

/// Whether an address must be this host's for a socket to be bound to it.
enum class Presence { required, later };

/// A bound UDP socket with SO_REUSEPORT. `buffer_bytes` of receive and send buffer, as far as the limits allow.
Result<UniqueFd> bind_udp(const SocketAddress& address, int buffer_bytes, Presence presence = Presence::required);

/// A socket of the family on which a connection to `to` has begun. `in_progress` tells whether it must be waited for.
struct Connecting {
  UniqueFd fd;
  bool in_progress{};
};
/// Errors: what connect(2) said at once, ECONNREFUSED on loopback among it (Errc::unavailable).
Result<Connecting> connect_tcp(const SocketAddress& to);

/// A UDP socket connected to `to`, so that ICMP errors and only its own datagrams reach it.
Result<UniqueFd> connect_udp(const SocketAddress& to);

/// Another descriptor of the same socket.
Result<UniqueFd> duplicate(int fd);

/// Makes a socket that somebody else bound, UDP or TCP, like those that are opened here: non-blocking, TCP listening,
/// with buffers of at least `buffer_bytes` for UDP.
Result<void> prepare_passed(int fd, Protocol protocol, int buffer_bytes, int backlog = 4096);

/// Whether somebody has UDP `address` already.
[[nodiscard]] bool is_taken(const SocketAddress& address);

/// `bytes` of receive and send buffer, as far as the limits allow.
void set_buffers(int fd, int bytes);

/// The next close() of a TCP socket resets the connection, which says more than an end would. -1: nothing.
void reset_on_close(int fd);

/// The error that an asynchronous connect or a reset left on the socket, 0 if none.
[[nodiscard]] int pending_error(int fd);

}  // namespace naru::runtime
