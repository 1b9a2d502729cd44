// The rules of interception in the kernel of this network namespace. Needs CAP_NET_ADMIN there, and nothing else does.
#pragma once

#include <optional>
#include <string>

#include "runtime/intercept_rules.h"

namespace naru::runtime {

/// Puts the rules in force, in place of what was there, in one step; and the local routes of what stands for IPv6
/// addresses, which unlike 127.0.0.0/8 no host has of its own. Both stay when this process ends. Errors: permission,
/// unavailable (a kernel without nftables or NAT).
[[nodiscard]] Result<void> install_intercept(const InterceptRules& rules);

/// Removes all of that, by whichever version it was put there. False if there was nothing.
[[nodiscard]] Result<bool> remove_intercept();

/// The table as nft writes it in JSON, or nothing if there is none.
[[nodiscard]] Result<std::optional<std::string>> read_intercept();

}  // namespace naru::runtime
