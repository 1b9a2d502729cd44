// `naru get`: asks a running naru for its state and prints it.
#pragma once

#include <iosfwd>
#include <string>

#include "daemon/command_line.h"

namespace naru::daemon {

/// Returns the exit code: 1 with a reason on `err` if nobody answers on `socket_path` or there is no such object.
int run_get(const GetOptions& options, const std::string& socket_path, std::ostream& out, std::ostream& err);

}  // namespace naru::daemon
