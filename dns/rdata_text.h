// What is in a record, for people.
#pragma once

#include <string>
#include <string_view>

#include "dns/types.h"

namespace naru::dns {

/// RDATA, its names uncompressed, in presentation form: "10.96.0.1", "0 100 80 web.shop.svc.cluster.local.". What is of
/// no type known here, or not as its type should be, as `\# 2 abcd` (RFC 3597 5).
[[nodiscard]] std::string rdata_text(Type type, std::string_view rdata);

}  // namespace naru::dns
