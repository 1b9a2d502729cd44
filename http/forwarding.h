// The fields by which a proxy tells who asked: X-Forwarded-*, Forwarded (RFC 7239), Via, X-Request-Id. Pure.
#pragma once

#include "base/address.h"
#include "base/random.h"
#include "http/message.h"

namespace naru::http {

/// What a Service port wants told.
struct ForwardingRules {
  bool x_forwarded{true};  // X-Forwarded-For, -Proto, -Host
  bool forwarded{};        // Forwarded
  bool via{};
  bool request_id{true};      // X-Request-Id passed or made
  std::vector<Cidr> trusted;  // clients whose own X-Forwarded-*, Forwarded and X-Request-Id are believed

  friend bool operator==(const ForwardingRules&, const ForwardingRules&) = default;
};

/// Appends for a trusted client, overwrites for any other, so that nobody can pretend; what `rules` leaves out is not
/// told, but claims of others are removed all the same. A request id is 32 hexadecimal digits.
void add_forwarding(RequestHead& head, const ForwardingRules& rules, const IpAddress& client, Random& random);

}  // namespace naru::http
