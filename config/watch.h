// inotify and one timer behind one descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace naru::config {

struct WatchEvent {
  int watch{};
  std::uint32_t mask{};  // IN_*
  std::uint32_t cookie{};
  std::string name;  // in the watched directory; empty: of the directory itself
};

/// Thread: one.
class Watch {
 public:
  /// Errors: a limit of inotify or of descriptors is reached (the message says which).
  static Result<std::unique_ptr<Watch>> open();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Readable while there are events or the timer has gone off.
  [[nodiscard]] int fd() const { return epoll_; }

  /// Watches a directory for `mask`, added to what it is watched for already. The same number for the same directory,
  /// by whatever path. Errors: it is not there or no directory (not_found), it must not be read, a limit is reached.
  [[nodiscard]] Result<int> add(const std::string& directory, std::uint32_t mask) const;
  void remove(int watch) const;

  /// All events that there are, without waiting; the timer, if it has gone off, is reset.
  [[nodiscard]] std::vector<WatchEvent> read() const;

  /// When the timer goes off next; nothing: never.
  void arm(std::optional<TimePoint> when) const;

 private:
  Watch(int inotify, int timer, int epoll) : inotify_(inotify), timer_(timer), epoll_(epoll) {}

  int inotify_;
  int timer_;
  int epoll_;
};

}  // namespace naru::config
