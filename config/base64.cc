#include "config/base64.h"

#include <cstdint>

namespace naru::config {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string without_breaks(std::string_view text) {
  std::string dense;
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') dense.push_back(c);
  }
  return dense;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string dense = without_breaks(text);
  if (dense.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && dense.ends_with('='); ++i) dense.pop_back();
  std::string decoded;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : dense) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    decoded.push_back(static_cast<char>(bits >> held & 0xFFU));
  }
  return decoded;
}

}  // namespace naru::config
