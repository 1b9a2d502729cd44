// The section `intercept` of NaruConfiguration: what a sidecar takes over of its application's traffic.
#pragma once

#include <optional>
#include <vector>

#include "base/address.h"

namespace naru::config {

/// Known to the sidecar, which listens, and to `naru intercept install`, which has packets redirected there.
struct Intercept {
  Port port;                     // of loopback, where redirected TCP connections arrive
  std::vector<Cidr> cidrs;       // interceptable (base/intercepted.h), and to be told apart when intercepted
  std::optional<Port> dns_port;  // of loopback, where redirected DNS queries arrive

  friend bool operator==(const Intercept&, const Intercept&) = default;
};

}  // namespace naru::config
