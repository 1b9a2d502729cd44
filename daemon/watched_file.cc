#include "daemon/watched_file.h"

#include <sys/inotify.h>

#include "config/read_file.h"

namespace naru::daemon {
namespace {

constexpr std::size_t kLargest = 64U << 20U;
// A file that is being written is looked at when its writer closes it.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

WatchedFile::WatchedFile(std::string path) : path_(std::move(path)) {
  auto watch = config::Watch::open();
  if (watch.has_value()) watch_ = std::move(*watch);
  std::string unwatched;
  if (watch_) {
    const auto added = watch_->add(directory_of(path_), kEvents);
    if (!added) unwatched = added.error().message;
  } else {
    unwatched = watch.error().message;
  }
  read_again();
  if (error_.empty()) error_ = unwatched;
}

bool WatchedFile::changed() {
  static_cast<void>(watch_->read());
  return read_again();
}

bool WatchedFile::read_again() {
  auto content = config::read_file(path_, kLargest);
  if (content.has_error()) {
    std::string error = path_ + ": " + content.error().message;
    const bool is_new = error != error_;
    error_ = std::move(error);
    return is_new;
  }
  const bool is_new = !error_.empty() || *content != text_;
  error_.clear();
  text_ = std::move(*content);
  return is_new;
}

}  // namespace naru::daemon
