// One GET over a UNIX socket, for `naru get`.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace naru::daemon {

struct ClientResponse {
  unsigned status{};
  std::string body;
};

/// Blocks until answered, at most `timeout`. `target` is encoded already: "/v1/services?name=web".
/// Errors: not_found (no such socket), unavailable (nobody accepts, or no answer in time), permission, io.
Result<ClientResponse> http_get(const std::string& socket_path, const std::string& target,
                                std::chrono::seconds timeout);

}  // namespace naru::daemon
