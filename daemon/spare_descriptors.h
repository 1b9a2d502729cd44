// A few file descriptors put by, so that a process whose data plane has taken all others can still be asked what is
// wrong.
#pragma once

#include <fcntl.h>

#include <vector>

#include "runtime/unique_fd.h"

namespace naru::daemon {

class SpareDescriptors {
 public:
  explicit SpareDescriptors(std::size_t count) : count_(count) { refill(); }

  /// As many as there were, as far as they are to be had.
  void refill() {
    while (spares_.size() < count_) {
      runtime::UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!fd) return;
      spares_.push_back(std::move(fd));
    }
  }

  /// Makes room for one descriptor; false if all spares are in use.
  bool spend() {
    if (spares_.empty()) return false;
    spares_.pop_back();
    return true;
  }

 private:
  std::size_t count_;
  std::vector<runtime::UniqueFd> spares_;
};

}  // namespace naru::daemon
