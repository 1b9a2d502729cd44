#include "config/watch.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace naru::config {
namespace {

Error limit_error(int error) {
  if (error == EMFILE)
    return {Errc::exhausted,
            "cannot watch files: the limit fs.inotify.max_user_instances, or that of open files, is reached"};
  return {Errc::io, fmt::format("cannot watch files: {}", std::strerror(error))};
}

bool follow(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/// The events in the `size` bytes that inotify wrote. Names are padded with NULs.
void append_events(const char* bytes, std::size_t size, std::vector<WatchEvent>& events) {
  for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event header;
    std::memcpy(&header, bytes + at, sizeof(header));
    at += sizeof(header);
    const std::string name(bytes + at, ::strnlen(bytes + at, header.len));
    at += header.len;
    events.push_back({header.wd, header.mask, header.cookie, name});
  }
}

}  // namespace

Result<std::unique_ptr<Watch>> Watch::open() {
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  const int inotify_error = errno;
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::unique_ptr<Watch> watch(new Watch(inotify, timer, epoll));
  if (inotify < 0) return limit_error(inotify_error);
  if (timer < 0 || epoll < 0 || !follow(epoll, inotify) || !follow(epoll, timer)) return limit_error(errno);
  return watch;
}

Watch::~Watch() {
  for (const int fd : {inotify_, timer_, epoll_}) {
    if (fd >= 0) ::close(fd);
  }
}

Result<int> Watch::add(const std::string& directory, std::uint32_t mask) const {
  const int watch = ::inotify_add_watch(inotify_, directory.c_str(), mask | IN_ONLYDIR | IN_MASK_ADD);
  if (watch >= 0) return watch;
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) return Error{Errc::not_found, "is not there"};
  if (error == ENOSPC)
    return Error{Errc::exhausted, "cannot be watched: the limit fs.inotify.max_user_watches is reached"};
  return Error{error == EACCES ? Errc::permission : Errc::io,
               fmt::format("cannot be watched: {}", std::strerror(error))};
}

void Watch::remove(int watch) const {
  ::inotify_rm_watch(inotify_, watch);
}

std::vector<WatchEvent> Watch::read() const {
  std::vector<WatchEvent> events;
  std::uint64_t expirations;
  while (::read(timer_, &expirations, sizeof(expirations)) > 0) {
  }
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t size = ::read(inotify_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return events;
    append_events(buffer.data(), static_cast<std::size_t>(size), events);
  }
}

void Watch::arm(std::optional<TimePoint> when) const {
  itimerspec spec{};
  if (when) {
    // Zero would disarm it; a time long past goes off at once.
    const auto since = std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds(1), when->time_since_epoch());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (since - seconds).count();
  }
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace naru::config
