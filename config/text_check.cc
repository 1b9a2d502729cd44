#include "config/text_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace naru::config {
namespace {

/// The number of leading bytes that are printable ASCII or ordinary white space, eight at a time.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    // A byte with its top bit set, or one below 0x20 (the subtraction borrows into its top bit).
    const std::uint64_t high = 0x8080808080808080ULL;
    if (((word | (word - 0x2020202020202020ULL)) & high) != 0) break;
  }
  return at;
}

/// Length of the UTF-8 sequence at the front; 0 where it is not one (RFC 3629: shortest form, no surrogates).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : (lead & 0xf0U) == 0xe0      ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool bad = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

Fault fault_at(std::string_view text, std::size_t at, std::string reason) {
  return {1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')),
          std::move(reason), 0};
}

}  // namespace

std::optional<Fault> check_text(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return Fault{1, "is UTF-16; save it as UTF-8", 0};
  for (std::size_t at = 0; at < text.size();) {
    at += plain_prefix(text.substr(at));
    if (at == text.size()) break;
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) return fault_at(text, at, "is not UTF-8 text (is it a binary file?)");
    if (text[at] == '\0') return fault_at(text, at, "has a NUL byte: it is binary, not text");
    if (is_control(text[at])) {
      return fault_at(
          text, at,
          fmt::format("has the control character 0x{:02x}: it is binary, not text", static_cast<unsigned>(text[at])));
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace naru::config
