#include "proxy/proxy_protocol.h"

#include <array>

#include "proxy/proxy_protocol_versions.h"

namespace naru::proxy {

ProxyParse parse_proxy_header(std::string_view bytes, ProxyHeader& header) {
  using State = ProxyParse::State;
  if (bytes.empty()) return {};
  const bool first = bytes.front() == kProxyV1Prefix.front();
  const std::string_view signature = first ? kProxyV1Prefix : kProxyV2Signature;
  if (!signature.starts_with(bytes.substr(0, signature.size()))) return {State::bad, ProxyFault::no_signature, 0};
  if (bytes.size() < signature.size()) return {};
  return first ? parse_proxy_v1(bytes, header) : parse_proxy_v2(bytes, header);
}

std::string_view to_string(ProxyFault fault) {
  static constexpr std::array<std::string_view, kProxyFaults> kNames = {
      "none",        "no_signature", "bad_line",   "bad_address",   "bad_port",     "bad_version",
      "bad_command", "bad_family",   "bad_length", "bad_extension", "bad_checksum", "header_too_large",
  };
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace naru::proxy
