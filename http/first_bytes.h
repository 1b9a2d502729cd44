// What a client speaks, by the first bytes that it sends. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace naru::http {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 3.4

enum class FirstBytes : std::uint8_t { undecided, http1, http2, other };

/// `undecided` only for a proper beginning of what could be HTTP. HTTP/1 is a method in capital letters, a space and
/// the beginning of a target ("/", "* ", "http://"; of CONNECT anything); a method that is not in capital letters is
/// not taken for one.
[[nodiscard]] FirstBytes first_bytes(std::string_view bytes);

}  // namespace naru::http
