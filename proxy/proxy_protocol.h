// The PROXY protocol, versions 1 and 2: who a connection is from, told before its first byte. Pure; from untrusted
// peers. Whether a listener has it is configured and never guessed from the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace naru::proxy {

struct ProxyHeader {
  /// The sender's own connection (a health check): to be treated as coming from its peer.
  bool local{};
  /// Both or neither; neither where the sender does not know or where they are no IP addresses. Ports may be 0.
  std::optional<SocketAddress> source;
  std::optional<SocketAddress> destination;

  friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

enum class ProxyFault : std::uint8_t {
  none,
  no_signature,     // neither "PROXY " nor version 2's twelve bytes
  bad_line,         // version 1: not as the words must be, or not ended by CRLF
  bad_address,      // version 1: not an address of the family said
  bad_port,         // version 1: not 0..65535 in plain digits
  bad_version,      // version 2: another
  bad_command,      // version 2: neither LOCAL nor PROXY
  bad_family,       // version 2: unknown, or not a stream
  bad_length,       // version 2: too short for its addresses
  bad_extension,    // version 2: TLVs that do not fill it
  bad_checksum,     // version 2: CRC-32C that does not fit
  header_too_large  // of version 1 over 107 bytes, of version 2 over kMostProxyBytes
};
inline constexpr std::size_t kProxyFaults = 12;
[[nodiscard]] std::string_view to_string(ProxyFault fault);  ///< "no_signature", ...

inline constexpr std::size_t kMostProxyBytes = 4096;

struct ProxyParse {
  enum class State : std::uint8_t { incomplete, complete, bad };
  State state{State::incomplete};
  ProxyFault fault{ProxyFault::none};
  std::size_t size{};  // complete: of the header; what follows is the connection's
};

/// The header at the start of `bytes`, of either version. Bad as soon as no further byte could make it good, so that a
/// client without one is refused at its first byte. Not complete: `header` is untouched.
[[nodiscard]] ProxyParse parse_proxy_header(std::string_view bytes, ProxyHeader& header);

/// "PROXY TCP4 192.0.2.1 198.51.100.1 50000 80\r\n"; UNKNOWN if it is local or has not two addresses of one family.
void append_proxy_v1(std::string& out, const ProxyHeader& header);
/// LOCAL, or PROXY with the addresses, which are left out (AF_UNSPEC) if they are not two of one family.
void append_proxy_v2(std::string& out, const ProxyHeader& header);

}  // namespace naru::proxy
