// Interfaces as the kernel tells them, turned into what planning needs.
#pragma once

#include <map>
#include <vector>

#include "lb/layer2/interface.h"
#include "runtime/link_table.h"

namespace naru::lb::layer2 {

[[nodiscard]] std::vector<Interface> interfaces_of(const std::map<unsigned, runtime::Link>& links);

}  // namespace naru::lb::layer2
