// What is redirected to this process of connections to addresses that the host does not have.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "proxy/http_state.h"

namespace naru::proxy {

/// Why a connection that came to the port for redirected ones was reset.
enum class InterceptRefusal : std::uint8_t {
  not_redirected,  // a client connected to that port itself
  no_service,      // no Service port, or none with an endpoint, has the address that it was for
};
[[nodiscard]] std::string_view to_string(InterceptRefusal refusal);  ///< "not_redirected", ...
using InterceptRefusals = CounterPer<InterceptRefusal, InterceptRefusal::no_service>;

/// What is redirected, and where to.
struct Interception {
  std::vector<SocketAddress> listen;  // TCP connections to any of `cidrs`
  std::vector<Cidr> cidrs;
  std::shared_ptr<InterceptRefusals> refused;  // shared by all workers

  [[nodiscard]] bool covers(const IpAddress& address) const;
};

}  // namespace naru::proxy
