#include "http/first_bytes.h"

#include <algorithm>

namespace naru::http {
namespace {

// The longest registered one is UPDATEREDIRECTREF.
constexpr std::size_t kLongestMethod = 17;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/// What a request's target may begin with (RFC 9112 3.2). Other protocols' commands take words and names.
FirstBytes by_target(std::string_view target) {
  for (const std::string_view start : {"/", "* ", "http://", "https://"}) {
    if (target.starts_with(start)) return FirstBytes::http1;
    if (start.starts_with(target)) return FirstBytes::undecided;
  }
  return FirstBytes::other;
}

}  // namespace

FirstBytes first_bytes(std::string_view bytes) {
  if (bytes.starts_with(kHttp2Preface)) return FirstBytes::http2;
  if (kHttp2Preface.starts_with(bytes)) return FirstBytes::undecided;
  const auto method = static_cast<std::size_t>(std::ranges::find_if_not(bytes, is_capital) - bytes.begin());
  if (method > kLongestMethod) return FirstBytes::other;
  if (method == bytes.size()) return FirstBytes::undecided;
  if (method == 0 || bytes[method] != ' ' || bytes.starts_with("PRI ")) return FirstBytes::other;
  return bytes.starts_with("CONNECT ") ? FirstBytes::http1 : by_target(bytes.substr(method + 1));
}

}  // namespace naru::http
