// The parts of a request's target.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace naru::demo {

[[nodiscard]] std::string_view path_of(std::string_view target);
/// The value of `key` in the query; empty if there is none.
[[nodiscard]] std::string_view parameter(std::string_view target, std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view digits);

}  // namespace naru::demo
