#include "http/authority.h"

#include <algorithm>
#include <charconv>

#include "http/h1_chars.h"

namespace naru::http {
namespace {

constexpr std::size_t kLongestPort = 5;
constexpr unsigned kLastPort = 65535;

bool is_port(std::string_view text) {
  if (text.size() > kLongestPort || !std::ranges::all_of(text, is_digit)) return false;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= kLastPort;
}

bool is_registered_name(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_char(text[i], kRegNameChar)) continue;
    const bool encoded =
        text[i] == '%' && i + 2 < text.size() && is_char(text[i + 1], kHexDigit) && is_char(text[i + 2], kHexDigit);
    if (!encoded) return false;
    i += 2;
  }
  return !text.empty();
}

/// By its characters: nothing here connects to it.
bool is_ipv6_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  return text.find(':') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_char(c, kHexDigit) || c == ':' || c == '.'; });
}

}  // namespace

bool split_authority(std::string_view text, Authority& out) {
  const bool literal = text.starts_with('[');
  const std::size_t host_end =
      literal ? std::min(text.find(']'), text.size() - 1) + 1 : std::min(text.find(':'), text.size());
  out.host = text.substr(0, host_end);
  out.port = text.substr(host_end);
  if (!(literal ? is_ipv6_literal(out.host) : is_registered_name(out.host))) return false;
  if (out.port.empty()) return true;
  if (out.port.front() != ':') return false;
  out.port.remove_prefix(1);
  return is_port(out.port);
}

bool is_host_value(std::string_view text) {
  Authority parts;
  return text.empty() || split_authority(text, parts);
}

}  // namespace naru::http
