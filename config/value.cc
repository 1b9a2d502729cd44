#include "config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 11> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                                    "on",   "On",   "ON",   "y",   "Y"};
constexpr std::array<std::string_view, 11> kFalse = {"false", "False", "FALSE", "no", "No", "NO",
                                                     "off",   "Off",   "OFF",   "n",  "N"};
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 7> kReal = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", "-.inf"};

template <std::size_t N>
bool among(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

bool looks_numeric(std::string_view text) {
  if (text.empty()) return false;
  const char first = text.front();
  return (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.';
}

bool is_real(std::string_view text) {
  if (among(text, kReal)) return true;
  if (text.front() == '+') text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  double value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return end == text.data() + text.size() && error != std::errc::invalid_argument;
}

struct Digits {
  std::string_view text;
  int base;
};

/// Which base the digits are in, by their prefix, as Go's strconv.ParseInt with base 0.
Digits base_of(std::string_view text) {
  if (text.size() > 2 && text[0] == '0') {
    switch (text[1]) {
      case 'x':
      case 'X':
        return {text.substr(2), 16};
      case 'o':
      case 'O':
        return {text.substr(2), 8};
      case 'b':
      case 'B':
        return {text.substr(2), 2};
      default:
        break;
    }
  }
  if (text.size() > 1 && text[0] == '0') return {text.substr(1), 8};
  return {text, 10};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  std::string_view rest = plain;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const Digits digits = base_of(rest);
  if (digits.text.empty() || digits.text.front() == '-') return std::nullopt;
  const std::string number = (negative ? "-" : "") + std::string(digits.text);
  std::int64_t value{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, digits.base);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return value;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == key) return &items[i];
  }
  return nullptr;
}

ScalarType scalar_type(const Value& scalar) {
  if (scalar.type == Value::Type::null) return ScalarType::null;
  if (scalar.quoted) return ScalarType::string;
  const std::string_view text = scalar.text;
  if (looks_numeric(text)) {
    if (parse_integer(text)) return ScalarType::integer;
    return is_real(text) ? ScalarType::real : ScalarType::string;
  }
  if (text.size() > 5) return ScalarType::string;
  if (among(text, kNull)) return ScalarType::null;
  return among(text, kTrue) || among(text, kFalse) ? ScalarType::boolean : ScalarType::string;
}

std::optional<bool> boolean_of(const Value& scalar) {
  if (scalar.type != Value::Type::scalar || scalar.quoted) return std::nullopt;
  if (among(scalar.text, kTrue)) return true;
  if (among(scalar.text, kFalse)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> integer_of(const Value& scalar) {
  if (scalar.type != Value::Type::scalar || scalar.quoted || !looks_numeric(scalar.text)) return std::nullopt;
  return parse_integer(scalar.text);
}

std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (text.size() > kLongest ? "...\"" : "\"");
}

std::string word_or_quote(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '/';
  };
  return text.size() <= kLongest && !text.empty() && std::ranges::all_of(text, is_plain) ? std::string(text)
                                                                                         : quote(text);
}

std::string describe(const Value& value) {
  switch (value.type) {
    case Value::Type::null:
      return "nothing";
    case Value::Type::sequence:
      return "a list";
    case Value::Type::map:
      return "a map";
    case Value::Type::scalar:
      break;
  }
  switch (scalar_type(value)) {
    case ScalarType::null:
      return "nothing";
    case ScalarType::boolean:
      return fmt::format("the boolean {}", value.text);
    case ScalarType::integer:
    case ScalarType::real:
      return fmt::format("the number {}", value.text);
    case ScalarType::string:
      break;
  }
  return fmt::format("the string {}", quote(value.text));
}

}  // namespace naru::config
