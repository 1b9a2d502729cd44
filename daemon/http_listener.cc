#include "daemon/http_listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/socket.h"

namespace naru::daemon {
namespace {

namespace fs = std::filesystem;
using runtime::UniqueFd;

constexpr int kBacklog = 64;

Error taken(const std::string& where, const std::string& setting) {
  return {Errc::conflict,
          fmt::format("{}: address already in use: another process listens there; set {} to another address", where,
                      setting)};
}

Error listen_error(int error_number, const std::string& where, const std::string& setting) {
  if (error_number == EADDRINUSE) return taken(where, setting);
  Error error = runtime::socket_error(error_number, "cannot listen on " + where);
  error.message += fmt::format(" ({})", setting);
  return error;
}

std::optional<sockaddr_un> unix_address(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(static_cast<char*>(address.sun_path), text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

enum class Occupant { none, dead_socket, live_socket, other };

/// What is at `path` already. A socket nobody accepts on refuses the connection, whatever process left it there.
Occupant occupant_of(const fs::path& path, const sockaddr_un& address) {
  std::error_code failed;
  const fs::file_status status = fs::symlink_status(path, failed);
  if (!fs::exists(status)) return Occupant::none;
  if (!fs::is_socket(status)) return Occupant::other;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), generic(address), sizeof(address)) != 0 && errno == ECONNREFUSED) {
    return Occupant::dead_socket;
  }
  return Occupant::live_socket;
}

/// Makes room for a new socket. Nothing but a socket is ever deleted.
Result<void> clear_path(const fs::path& path, const sockaddr_un& address, const std::string& setting) {
  switch (occupant_of(path, address)) {
    case Occupant::none:
      return {};
    case Occupant::live_socket:
      return taken(path.string(), setting);
    case Occupant::other:
      return Error{Errc::conflict, fmt::format("{} exists and is not a socket: set {} to another path, or move it away",
                                               path.string(), setting)};
    case Occupant::dead_socket:
      break;
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return listen_error(errno, path.string(), setting);
  return {};
}

Result<void> make_parent(const fs::path& path, const std::string& setting) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (failed) {
    return Error{Errc::permission, fmt::format("cannot create {}: {}: set {} to a path that this user may create",
                                               path.parent_path().string(), failed.message(), setting)};
  }
  return {};
}

}  // namespace

Result<UniqueFd> listen_http(const SocketAddress& address, const std::string& setting) {
  const int family = address.ip.is_v4() ? AF_INET : AF_INET6;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return listen_error(errno, address.to_string(), setting);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const runtime::KernelAddress kernel(address);
  if (::bind(fd.get(), kernel.get(), kernel.size) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return listen_error(errno, address.to_string(), setting);
  }
  return fd;
}

Result<UniqueFd> listen_http_unix(const fs::path& path, const std::string& setting) {
  const auto address = unix_address(path);
  if (!address) {
    return Error{Errc::bad_input, fmt::format("{}: a socket's path has 1 to {} bytes: set {} to a shorter one",
                                              path.string(), sizeof(sockaddr_un::sun_path) - 1, setting)};
  }
  if (auto made = make_parent(path, setting); made.has_error()) return made.error();
  if (auto cleared = clear_path(path, *address, setting); cleared.has_error()) return cleared.error();
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return listen_error(errno, path.string(), setting);
  // Linux gives the file the mode that the socket has before bind: there is no moment at which others may connect.
  ::fchmod(fd.get(), 0600);
  if (::bind(fd.get(), generic(*address), sizeof(*address)) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return listen_error(errno, path.string(), setting);
  }
  return fd;
}

SocketAddress local_address(int fd) {
  runtime::KernelAddress kernel;
  ::getsockname(fd, kernel.get(), &kernel.size);
  return kernel.address();
}

}  // namespace naru::daemon
