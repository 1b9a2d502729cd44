// Where log lines go.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"

namespace spdlog {
class formatter;
}

namespace naru::daemon {

/// Sends naru::log to standard error, a line each: `2026-01-01T00:00:00.000Z INFO message`. Before threads start.
void set_up_logging(log::Level threshold);

/// The layout of a line.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_line_formatter();

/// `text` with control characters written as escapes: what comes from outside must not begin a line of its own.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace naru::daemon
