// The two wire formats of the PROXY protocol, each after its signature has been seen.
#pragma once

#include "proxy/proxy_protocol.h"

namespace naru::proxy {

using namespace std::string_view_literals;

inline constexpr std::string_view kProxyV1Prefix = "PROXY ";
inline constexpr std::string_view kProxyV2Signature = "\r\n\r\n\0\r\nQUIT\n"sv;

[[nodiscard]] constexpr ProxyParse refuse(ProxyFault fault) {
  return {ProxyParse::State::bad, fault, 0};
}
/// Whether the header has two addresses of one family to tell.
[[nodiscard]] inline bool has_addresses(const ProxyHeader& header) {
  return !header.local && header.source && header.destination &&
         header.source->ip.family() == header.destination->ip.family();
}

[[nodiscard]] ProxyParse parse_proxy_v1(std::string_view bytes, ProxyHeader& header);
[[nodiscard]] ProxyParse parse_proxy_v2(std::string_view bytes, ProxyHeader& header);

}  // namespace naru::proxy
