#include "daemon/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace naru::daemon {

Result<runtime::UniqueFd> open_log_file(const std::string& path, const std::string& what) {
  const int fd = path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                             : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd >= 0) return runtime::UniqueFd(fd);
  const Errc code = errno == EACCES || errno == EPERM || errno == EROFS ? Errc::permission : Errc::io;
  return Error{code, fmt::format("cannot write {} {}: {}", what, path, std::strerror(errno))};
}

}  // namespace naru::daemon
