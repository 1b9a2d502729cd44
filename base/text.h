// Small helpers for words that people read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

/// The candidate nearest to `word` (Damerau-Levenshtein, case ignored) if it is near enough to be what was meant.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// ASCII only, as DNS and YAML enumerations want it.
[[nodiscard]] std::string to_lower(std::string_view text);

}  // namespace naru
