// What is announced.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"

namespace naru::lb::bgp {

/// RFC 8092.
struct LargeCommunity {
  std::uint32_t global{};
  std::uint32_t local1{};
  std::uint32_t local2{};
  friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

/// What routes have besides their prefix; those with the same go into one message. Order and repetition of communities
/// mean nothing (they are sent sorted, each once).
struct RouteAttributes {
  std::optional<std::uint32_t> local_pref;  // told to internal peers only; default there: 100
  std::vector<std::uint32_t> communities;   // RFC 1997: the first number in the high 16 bits
  std::vector<LargeCommunity> large_communities;
  friend auto operator<=>(const RouteAttributes&, const RouteAttributes&) = default;
};

struct Route {
  Cidr prefix;
  RouteAttributes attributes;
  friend bool operator==(const Route&, const Route&) = default;
};

}  // namespace naru::lb::bgp
