// Which bytes may stand where in HTTP/1 (RFC 9110 5.6.2, RFC 9112 3.2, RFC 3986 3.2.2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace naru::http {

enum CharClass : std::uint8_t {
  kTokenChar = 1,    // of methods and field names
  kTargetChar = 2,   // of request targets: visible ASCII but "#", as fragments are never sent
  kRegNameChar = 4,  // of a host that is a name; "%" is looked at apart
  kControlChar = 8,  // in no part of a head; HT is not one of them
  kHexDigit = 16,
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  constexpr auto is_in = [](unsigned c, std::string_view set) {
    return set.find(static_cast<char>(c)) != std::string_view::npos;
  };
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool alnum = digit || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    std::uint8_t flags = 0;
    if (alnum || (c != 0 && is_in(c, "!#$%&'*+-.^_`|~"))) flags |= kTokenChar;
    if (c > 0x20 && c < 0x7f && c != '#') flags |= kTargetChar;
    if (alnum || (c != 0 && is_in(c, "-._~!$&'()*+,;="))) flags |= kRegNameChar;
    if ((c < 0x20 && c != '\t') || c == 0x7f) flags |= kControlChar;
    if (digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f')) flags |= kHexDigit;
    table[c] = flags;
  }
  return table;
}
inline constexpr std::array<std::uint8_t, 256> kCharClasses = make_char_classes();

constexpr bool is_char(char c, CharClass wanted) {
  return (kCharClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_all(std::string_view text, CharClass wanted) {
  for (const char c : text) {
    if (!is_char(c, wanted)) return false;
  }
  return true;
}
constexpr bool is_token(std::string_view text) {
  return !text.empty() && is_all(text, kTokenChar);
}

/// is_all(text, kTargetChar), for text without control characters other than HT.
[[nodiscard]] bool is_target(std::string_view text);
/// Where the field name that begins at `from` ends: the first byte there that is no token character. `bytes` has one.
[[nodiscard]] std::size_t find_name_end(std::string_view bytes, std::size_t from);
/// Where the first control character at or after `from` is; bytes.size() if there is none.
[[nodiscard]] std::size_t find_control(std::string_view bytes, std::size_t from);

}  // namespace naru::http
