// What is said in the log when announcements change.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lb/announce/plan.h"

namespace naru::lb::announce {

/// One line for each address that this node begins or ceases to announce by ARP or NDP; if there are more than a
/// handful, one for all of either kind. `before` and `after` are sorted by address.
[[nodiscard]] std::vector<std::string> change_lines(std::span<const Layer2Decision> before,
                                                    std::span<const Layer2Decision> after);

}  // namespace naru::lb::announce
