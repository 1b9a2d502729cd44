#include "config/duration.h"

#include <cstdint>

namespace naru::config {
namespace {

constexpr std::int64_t kLongest = std::int64_t{99999} * 3600 * 1000;

/// Milliseconds in the unit at the front of `text`, which is taken off; 0: no unit.
std::int64_t take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  for (const Unit unit : {Unit{"ms", 1}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}}) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.milliseconds;
  }
  return 0;
}

std::string_view take_digits(std::string_view& text) {
  const auto end = text.find_first_not_of("0123456789");
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(digits.size());
  return digits;
}

std::int64_t number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

/// One number with its unit, or nothing.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const std::int64_t unit = take_unit(text);
  if (whole.empty() || whole.size() > 12 || fraction.size() > 9 || unit == 0) return std::nullopt;
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
  const std::int64_t part = number_of(fraction) * unit;
  const std::int64_t number = number_of(whole);
  if (part % scale != 0 || number > kLongest / unit) return std::nullopt;
  return number * unit + part / scale;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "0") return std::chrono::milliseconds(0);
  std::int64_t sum = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || (sum += *part) > kLongest) return std::nullopt;
  }
  return std::chrono::milliseconds(sum);
}

}  // namespace naru::config
