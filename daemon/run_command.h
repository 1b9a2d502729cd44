// `naru run`: puts the daemon together and runs it.
#pragma once

#include "daemon/command_line.h"

namespace naru::daemon {

/// Until SIGTERM or SIGINT. Returns the exit code.
[[nodiscard]] int run_daemon(const RunOptions& options);

}  // namespace naru::daemon
