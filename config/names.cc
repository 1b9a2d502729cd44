#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/value.h"

namespace naru::config {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

/// Letters and digits, inside also '-', '_' and '.'.
bool is_label_text(std::string_view text) {
  if (text.empty() || !is_letter_or_digit(text.front()) || !is_letter_or_digit(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

std::string why(std::string_view text, std::string_view reason) {
  return fmt::format("{}: {}", quote(text), reason);
}

std::optional<std::string> too_long(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::nullopt;
  return why(text, fmt::format("must be no more than {} characters", most));
}

constexpr std::string_view kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an "
    "alphanumeric character";
constexpr std::string_view kLabel1035 =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end "
    "with an alphanumeric character";
constexpr std::string_view kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end "
    "with an alphanumeric character";
constexpr std::string_view kLabelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end "
    "with an alphanumeric character";
constexpr std::string_view kQualified =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character";

}  // namespace

std::optional<std::string> bad_dns_label(std::string_view text) {
  if (auto reason = too_long(text, 63)) return reason;
  if (!is_label(text)) return why(text, kLabel);
  return std::nullopt;
}

std::optional<std::string> bad_dns_1035_label(std::string_view text) {
  if (auto reason = too_long(text, 63)) return reason;
  if (!is_label(text) || !is_lower(text.front())) return why(text, kLabel1035);
  return std::nullopt;
}

std::optional<std::string> bad_dns_subdomain(std::string_view text) {
  if (auto reason = too_long(text, 253)) return reason;
  if (!is_subdomain(text)) return why(text, kSubdomain);
  return std::nullopt;
}

std::optional<std::string> bad_port_name(std::string_view text) {
  if (auto reason = too_long(text, 15)) return reason;
  if (!std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; })) {
    return why(text, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (std::ranges::none_of(text, is_lower)) return why(text, "must contain at least one letter (a-z)");
  if (text.find("--") != std::string_view::npos) return why(text, "must not contain consecutive hyphens");
  if (text.front() == '-' || text.back() == '-') return why(text, "must not begin or end with a hyphen");
  return std::nullopt;
}

std::optional<std::string> bad_qualified_name(std::string_view text) {
  std::string_view name = text;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (prefix.empty()) return why(text, "prefix part must be non-empty");
    if (auto reason = bad_dns_subdomain(prefix)) return why(text, "prefix part: " + *reason);
  }
  if (name.empty()) return why(text, "name part must be non-empty");
  if (name.size() > 63) return why(text, "name part must be no more than 63 characters");
  if (!is_label_text(name)) return why(text, kQualified);
  return std::nullopt;
}

std::optional<std::string> bad_label_value(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (auto reason = too_long(text, 63)) return reason;
  if (!is_label_text(text)) return why(text, kLabelValue);
  return std::nullopt;
}

}  // namespace naru::config
