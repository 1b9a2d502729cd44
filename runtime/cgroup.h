// Control groups (version 2) by their paths.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/intercept_rules.h"

namespace naru::runtime {

/// The group of that path, absolute or below the hierarchy's root, in the words that nft understands. `mounts`: the
/// text of /proc/self/mounts. Pure. Errors: no hierarchy of version 2, its root, or a path outside it.
[[nodiscard]] Result<CgroupSelector> cgroup_selector(const std::string& path, const std::string& mounts);

/// The same of this host, where the group must be there. Errors: also not_found.
[[nodiscard]] Result<CgroupSelector> find_cgroup(const std::string& path);

}  // namespace naru::runtime
