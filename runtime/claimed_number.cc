#include "runtime/claimed_number.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <random>

#include "runtime/socket.h"

namespace naru::runtime {

UniqueFd claim_number(std::string_view name, std::uint32_t number) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("{}-{}", name, number);
  std::memcpy(address.sun_path + 1, path.data(), path.size());  // the leading zero makes it abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + path.size());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) fd.reset();
  return fd;
}

Result<ClaimedNumber> ClaimedNumber::any(std::string_view name) {
  std::random_device random;
  for (;;) {
    const auto number = static_cast<std::uint32_t>(1 + random() % 0xffffff);
    UniqueFd claim = claim_number(name, number);
    if (claim) return ClaimedNumber{number, std::move(claim)};
    if (errno != EADDRINUSE) return socket_error(errno, fmt::format("cannot claim a number as {}", name));
  }
}

}  // namespace naru::runtime
