// UPDATEs of peers. Their routes are of no interest here, but whether they can be told apart is: a peer that cannot be
// understood ends the session as RFC 4271 6.3 and RFC 7606 say.
#pragma once

#include <optional>

#include "lb/bgp/notification.h"

namespace naru::lb::bgp {

struct UpdateVerdict {
  std::optional<Notification> reset;  // the session cannot go on
  bool malformed{};  // but it goes on: RFC 7606 takes the routes for withdrawn, or passes over the fault
};

/// `body` is of at least 4 bytes.
[[nodiscard]] UpdateVerdict check_update(View body, bool four_octet_asn);

}  // namespace naru::lb::bgp
