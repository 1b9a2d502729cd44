// When the objects of a change say that it was caused.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace naru::daemon {

/// RFC 3339 with or without fractions of a second, in UTC ("Z") or with an offset. Nothing if it is not.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_timestamp(std::string_view text);

/// The annotation endpoints.kubernetes.io/last-change-trigger-time of each slice in the update that has it.
[[nodiscard]] std::vector<std::chrono::system_clock::time_point> trigger_times(const config::SourceUpdate& update);

}  // namespace naru::daemon
