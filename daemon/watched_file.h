// A file whose content is followed by inotify.
#pragma once

#include <memory>
#include <string>

#include "config/watch.h"

namespace naru::daemon {

/// Thread: one.
class WatchedFile {
 public:
  /// Reads it at once. Its directory is watched, so that editors' rename-and-replace and the symbolic links of mounted
  /// ConfigMaps are seen too.
  explicit WatchedFile(std::string path);

  /// Readable when there may be something new; -1: nothing is followed, see error().
  [[nodiscard]] int fd() const { return watch_ ? watch_->fd() : -1; }
  /// Takes what fd() had to tell. True if text() or error() is another now.
  bool changed();
  /// Looks at the file whether anything was told or not. True as above.
  bool read_again();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// As last read: what it was goes on being true while it cannot be read.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Why it could not be read now, or is not followed; empty if all is well.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::string path_;
  std::string text_;
  std::string error_;
  std::unique_ptr<config::Watch> watch_;
};

}  // namespace naru::daemon
