#include "daemon/process_setup.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runtime/message_socket.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

std::size_t raise_open_file_limit() {
  constexpr rlim_t kEnough = 1 << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  // With CAP_SYS_RESOURCE the hard limit can be raised too; without, it is the most that there is.
  const rlimit wanted{std::max(limit.rlim_max, kEnough), std::max(limit.rlim_max, kEnough)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return wanted.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

void notify_service_manager(std::string_view state, std::span<const int> fds) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const runtime::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  // A manager that is gone, or takes nothing, is none of our affair.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return;
  (void)runtime::send_message(fd.get(), state, fds);
}

unsigned usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace naru::daemon
