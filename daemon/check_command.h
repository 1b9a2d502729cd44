// `naru check`: everything that is wrong with the input, and nothing else.
#pragma once

#include <functional>
#include <iosfwd>
#include <vector>

#include "config/configuration.h"
#include "config/source.h"
#include "daemon/command_line.h"

namespace naru::daemon {

/// What only allocation finds: addresses and ports that two Services want, or that are outside their ranges.
using AllocationCheck =
    std::function<std::vector<config::Issue>(const config::SourceUpdate& loaded, const config::Configuration& config)>;

/// Prints each error on a line of `err`, in the order of files and lines, notices before them; a summary on `out` if
/// there is none. Returns the exit code.
int run_check(const CheckOptions& options, const AllocationCheck& check_allocations, std::ostream& out,
              std::ostream& err);

}  // namespace naru::daemon
