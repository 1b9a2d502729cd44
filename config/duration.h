// Lengths of time as Go and the Gateway API write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace naru::config {

/// "500ms", "1m30s", "1.5h". Units h, m, s, ms. Errors (nothing): anything else, and what is not a whole number of
/// milliseconds or longer than 99999 hours.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace naru::config
