#include "config/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace naru::config {
namespace {

struct Closer {
  int fd;
  explicit Closer(int number) : fd(number) {}
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  ~Closer() { ::close(fd); }
};

Error cannot_read(int error) {
  const bool gone = error == ENOENT || error == ENOTDIR;
  return {gone              ? Errc::not_found
          : error == EACCES ? Errc::permission
                            : Errc::io,
          fmt::format("cannot be read: {}", std::strerror(error))};
}

Error too_large(std::size_t most) {
  return {Errc::exhausted, fmt::format("is larger than {} MiB, the most that naru reads", most >> 20)};
}

/// `text` gives its memory.
Result<std::string> read_all(int fd, std::size_t expected, std::size_t most, std::string text) {
  text.resize(expected + 1);  // one more, so that the end is seen at once
  std::size_t size = 0;
  for (;;) {
    if (size > most) return too_large(most);
    if (size == text.size()) text.resize(size * 2);
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most, std::string buffer) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // not to hang on a FIFO that nobody writes
  if (fd < 0) return cannot_read(errno);
  const Closer closer(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return cannot_read(errno);
  if (!S_ISREG(status.st_mode)) return Error{Errc::bad_input, "is not a regular file"};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most) return too_large(most);
  return read_all(fd, size, most, std::move(buffer));
}

Result<std::string> read_stream(int fd, std::size_t most) {
  return read_all(fd, 64 * 1024, most, {});
}

}  // namespace naru::config
