// Where packets to an intercepted address arrive instead, in the words that the packet filter's rules have and the
// sidecar that listens has: both work it out, neither asks the other.
#pragma once

#include <optional>
#include <span>

#include "base/address.h"

namespace naru {

/// The local address that stands for an intercepted one: an IPv4 address keeps its last 23 bits and goes to
/// 127.128.0.0/9, an IPv6 address its last 112 and goes to fd6e::/16.
[[nodiscard]] IpAddress intercepted(const IpAddress& address);
/// Of CIDRs that are interceptable() only.
[[nodiscard]] Cidr intercepted(const Cidr& cidr);

/// A program without privileges may not listen on ports below 1024. They have others, outside the range that clients'
/// ports come from (net.ipv4.ip_local_port_range), which then cannot be intercepted themselves.
inline constexpr Port kFirstUnprivilegedPort{1024};
inline constexpr Port kLowPortsFirst{61'440};
inline constexpr Port kLowPortsLast{62'463};

/// Nothing for the ports that stand for others.
[[nodiscard]] std::optional<Port> intercepted(Port port);

/// Why the CIDR cannot be intercepted, or nothing: the local addresses of two of its addresses would be the same, or it
/// is local already.
[[nodiscard]] std::optional<std::string> why_not_interceptable(const Cidr& cidr);

/// One of `others` whose local addresses are those of `cidr` too, though it is another, or null.
[[nodiscard]] const Cidr* intercepted_alike(const Cidr& cidr, std::span<const Cidr> others);

}  // namespace naru
