// The first look at bytes that claim to be YAML: whether they are text at all.
#pragma once

#include <optional>
#include <string_view>

#include "config/value.h"

namespace naru::config {

/// Nothing if `text` is UTF-8 without NUL or other control characters (tab, line feed and carriage return are fine).
/// At most one fault, however much is wrong: a binary file is one mistake.
[[nodiscard]] std::optional<Fault> check_text(std::string_view text);

}  // namespace naru::config
