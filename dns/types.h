// The numbers of the protocol (IANA "Domain Name System (DNS) Parameters"), and what naru calls them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace naru::dns {

/// A resource record's type. Any 16-bit value may arrive; these are the ones that mean something here.
enum class Type : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  hinfo = 13,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  dname = 39,
  opt = 41,
  https = 65,
  tkey = 249,
  tsig = 250,
  ixfr = 251,
  axfr = 252,
  mailb = 253,
  maila = 254,
  any = 255,
};
[[nodiscard]] std::string to_string(Type type);  ///< "A"; "TYPE4711" (RFC 3597) for one without a name here

inline constexpr std::uint16_t kClassIn = 1;

/// Response codes; from 16 on they need EDNS (RFC 6891 6.1.3).
enum class Rcode : std::uint8_t {
  no_error = 0,
  form_err = 1,
  serv_fail = 2,
  nx_domain = 3,
  not_imp = 4,
  refused = 5,
  bad_vers = 16,
  bad_cookie = 23,
};
inline constexpr std::size_t kRcodes = 24;
[[nodiscard]] std::string to_string(Rcode rcode);  ///< "NOERROR", "SERVFAIL", ...; "RCODE9" for one without a name here

enum class Transport : std::uint8_t { udp, tcp };
[[nodiscard]] std::string_view to_string(Transport transport);  ///< "udp", "tcp"

inline constexpr std::size_t kHeaderSize = 12;
inline constexpr std::size_t kMaxNameSize = 255;  // RFC 1035 2.3.4, in wire form with the root's byte
inline constexpr std::size_t kMaxLabelSize = 63;
inline constexpr std::size_t kMinUdpPayload = 512;     // without EDNS, and the least that EDNS can ask for
inline constexpr std::size_t kMaxUdpPayload = 1232;    // ours: fits IPv6's smallest link without fragments
inline constexpr std::size_t kMaxMessageSize = 65535;  // over TCP

}  // namespace naru::dns
