// A network namespace of a test's own, so that it may change routes and addresses.
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

#include "runtime/unique_fd.h"

namespace naru::runtime {

/// Moves the calling thread into a new network namespace with loopback up, and back at the end.
class OwnNetwork {
 public:
  OwnNetwork() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered_ = before_ && ::unshare(CLONE_NEWNET) == 0;
    if (!entered_) {
      WARN("skipped: making a network namespace needs root");
      return;
    }
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    REQUIRE(::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0);
  }
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;
  ~OwnNetwork() {
    if (entered_) (void)::setns(before_.get(), CLONE_NEWNET);
  }

  /// False: no privilege; the test has said so and ends.
  [[nodiscard]] bool entered() const { return entered_; }

  /// Runs `ip ARGUMENTS` in it.
  static void ip(const std::string& arguments) {
    INFO("ip " << arguments);
    REQUIRE(std::system(("ip " + arguments).c_str()) == 0);
  }

 private:
  UniqueFd before_;
  bool entered_{};
};

}  // namespace naru::runtime
