#include "daemon/to_yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

// What one version of YAML or another resolves to null or a boolean, in lower case.
constexpr std::array<std::string_view, 12> kReserved = {"",   "~",  "null", "true", "false", "yes",
                                                        "no", "on", "off",  "y",    "n",     "="};

bool is_reserved(std::string_view text) {
  return std::ranges::count(kReserved, to_lower(text)) > 0;
}

/// Anything that could be an int, a float, a sexagesimal, a date or an address starts so, or with a dot: to quote too
/// much does no harm.
bool may_be_number(std::string_view text) {
  const char first = text.front();
  return (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.';
}

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./+()@ ").find(c) != std::string_view::npos;
}

/// A number only in appearance: an address, which kubectl prints plain too.
bool is_dotted_address(std::string_view text) {
  return std::ranges::count(text, '.') == 3 &&
         std::ranges::all_of(text, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

/// Conservative: letters, digits and a few signs that mean nothing to YAML there.
bool is_plain(std::string_view text) {
  if (is_reserved(text) || text.front() == ' ' || text.back() == ' ') return false;
  if (is_dotted_address(text)) return true;
  if (may_be_number(text) || text.front() == '@') return false;
  return std::ranges::all_of(text, is_plain_character);
}

std::string scalar(std::string_view text) {
  // JSON's quoting is YAML's double-quoted style: YAML 1.2 was made so.
  return is_plain(text) ? std::string(text) : json::serialize(json::string(text));
}

std::string scalar(const json::value& value) {
  return value.is_string() ? scalar(std::string_view(value.get_string())) : json::serialize(value);
}

bool is_block(const json::value& value) {
  return (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
}

void emit(const json::value& value, std::size_t indent, std::string& out);

/// `first` continues a line already begun with "- ".
void emit_member(const json::key_value_pair& member, std::size_t indent, bool first, std::string& out) {
  if (!first) out.append(indent, ' ');
  out += scalar(std::string_view(member.key()));
  if (!is_block(member.value())) {
    out += ": " + scalar(member.value()) + "\n";
    return;
  }
  out += ":\n";
  // Lists stand below their key without further indentation, as kubectl has them.
  emit(member.value(), member.value().is_array() ? indent : indent + 2, out);
}

void emit_item(const json::value& item, std::size_t indent, std::string& out) {
  out.append(indent, ' ');
  out += "-";
  if (!is_block(item)) {
    out += " " + scalar(item) + "\n";
  } else if (item.is_array()) {
    out += "\n";
    emit(item, indent + 2, out);
  } else {
    out += " ";
    bool first = true;
    for (const auto& member : item.get_object()) emit_member(member, indent + 2, std::exchange(first, false), out);
  }
}

void emit(const json::value& value, std::size_t indent, std::string& out) {
  if (!is_block(value)) {
    out += scalar(value) + "\n";
  } else if (value.is_array()) {
    for (const json::value& item : value.get_array()) emit_item(item, indent, out);
  } else {
    for (const auto& member : value.get_object()) emit_member(member, indent, false, out);
  }
}

}  // namespace

std::string to_yaml(const json::value& value) {
  std::string out;
  emit(value, 0, out);
  return out;
}

}  // namespace naru::daemon
