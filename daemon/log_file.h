// Files that lines are appended to.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

/// "-" is standard output. `what`, as in "the access log", is for the message. Errors: permission, io.
[[nodiscard]] Result<runtime::UniqueFd> open_log_file(const std::string& path, const std::string& what);

}  // namespace naru::daemon
