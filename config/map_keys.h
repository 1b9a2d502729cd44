// The rule that a map says each key once.
#pragma once

#include <optional>

#include "config/value.h"

namespace naru::config {

/// The first key of `map` that was there before, naming both lines. YAML and JSON readers silently keep one of the two,
/// which is never what both places meant.
[[nodiscard]] std::optional<Fault> duplicate_key(const Value& map);

}  // namespace naru::config
