// Sockets that whoever started this process passed to it (sd_listen_fds(3)): a service manager, or any other holder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace naru::runtime {

struct PassedSocket {
  int fd{};
  std::string name;  // the holder's; "unknown" without one
};

/// The environment variables of the same names; without one, empty.
struct ListenEnvironment {
  std::string_view listen_pid;
  std::string_view listen_fds;
  std::string_view listen_fdnames;
};

/// Descriptors from 3 on, in order. None if they are meant for another process than `self` or if the numbers are none.
[[nodiscard]] std::vector<PassedSocket> passed_sockets(const ListenEnvironment& environment, pid_t self);

/// The same of this process's environment, which forgets about them; the descriptors will not be inherited. Once,
/// before there are threads.
[[nodiscard]] std::vector<PassedSocket> take_passed_sockets();

/// What a descriptor is, as far as it can be served.
enum class SocketKind : std::uint8_t {
  udp,
  tcp_listener,
  not_open,
  not_a_socket,
  other_family,  // neither IPv4 nor IPv6
  other_type,    // a connection, say
};
[[nodiscard]] std::string_view to_string(SocketKind kind);

struct SocketShape {
  SocketKind kind{};
  SocketAddress address;  // where it is bound, of udp and tcp_listener
};
[[nodiscard]] SocketShape shape_of_socket(int fd);

}  // namespace naru::runtime
