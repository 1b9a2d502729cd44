// JSON (RFC 8259) text to a tree of values.
#pragma once

#include <string_view>

#include "config/document.h"

namespace naru::config {

/// One or more JSON values, one after the other. Strings come out as quoted scalars, the rest as plain ones.
[[nodiscard]] Documents parse_json(std::string_view text);

}  // namespace naru::config
