// host[:port], as in Host, :authority and request targets (RFC 9110 7.2, RFC 3986 3.2).
#pragma once

#include <string_view>

namespace naru::http {

struct Authority {
  std::string_view host;  // IPv6 with its brackets
  std::string_view port;  // digits; may be empty
};

/// Splits at the port's colon and checks both: a name of RFC 3986's characters, an IPv4 address or an IPv6 address in
/// brackets, a port of at most 65535. No user information. The host is not empty.
[[nodiscard]] bool split_authority(std::string_view text, Authority& out);
/// Whether `text` is one, or empty: what Host may be where the target has no authority.
[[nodiscard]] bool is_host_value(std::string_view text);

}  // namespace naru::http
