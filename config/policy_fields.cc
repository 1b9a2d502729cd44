#include "config/policy_fields.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/duration.h"

namespace naru::config {
namespace {

/// The number before the unit, and the unit as a shift of bits.
std::optional<std::int64_t> bytes_of(std::string_view text) {
  int shift = 0;
  if (text.ends_with("Ki")) shift = 10;
  if (text.ends_with("Mi")) shift = 20;
  if (shift != 0) text.remove_suffix(2);
  constexpr std::size_t kMostDigits = 12;
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text) number = number * 10 + (digit - '0');
  return number << shift;
}

}  // namespace

Milliseconds load_duration(const Field& field) {
  const auto given = field.text();
  if (!given) return std::nullopt;
  const auto duration = parse_duration(*given);
  if (!duration) field.fail(fmt::format("{}: must be a duration such as \"500ms\" or \"1m30s\"", quote(*given)));
  return duration;
}

Milliseconds load_positive_duration(const Field& field) {
  const auto duration = load_duration(field);
  if (duration != std::chrono::milliseconds(0)) return duration;
  field.fail("must be longer than 0");
  return std::nullopt;
}

Milliseconds load_duration_or_off(const Field& field) {
  const auto duration = load_duration(field);
  return duration == std::chrono::milliseconds(0) ? std::nullopt : duration;
}

std::optional<int> load_count(const Field& field, std::int64_t least, std::int64_t most) {
  const auto given = field.integer();
  if (!given) return std::nullopt;
  if (*given >= least && *given <= most) return static_cast<int>(*given);
  field.fail(fmt::format("{} is outside {}..{}", *given, least, most));
  return std::nullopt;
}

std::optional<std::int64_t> load_bytes(const Field& field, std::int64_t least, std::int64_t most) {
  if (!field) return std::nullopt;
  const Value& given = *field.value();
  if (given.type != Value::Type::scalar) {
    static_cast<void>(field.text());  // which says what it is
    return std::nullopt;
  }
  const auto bytes = bytes_of(given.text);
  if (bytes && *bytes >= least && *bytes <= most) return bytes;
  field.fail(fmt::format("{}: must be from {} to {} bytes, as in 64Ki", quote(given.text), least, most));
  return std::nullopt;
}

std::optional<std::vector<Cidr>> load_cidrs(const Field& field) {
  if (!field) return std::nullopt;
  std::vector<Cidr> cidrs;
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(trim(*given));
    if (cidr) return cidrs.push_back(*cidr);
    element.fail(fmt::format("{}: must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)", quote(*given)));
  });
  return cidrs;
}

}  // namespace naru::config
