// Which endpoint a new connection goes to.
#pragma once

#include <optional>
#include <span>

#include "base/random.h"
#include "lb/endpoint.h"

namespace naru::lb {

/// What a choice depends on beside the endpoints.
struct PickContext {
  config::Algorithm algorithm{config::Algorithm::random};
  TimePoint now;
  Random& random;
  std::atomic<std::uint64_t>& round_robin;  // of the Service port; shared by all workers
  std::span<const std::uint32_t> tried;     // positions in the endpoints that this connection has already failed on
  std::optional<std::uint64_t> client;      // its hash, where the same client is to get the same endpoint
  const config::SlowStart* slow_start{};    // null: endpoints have their full share at once
};

/// A position in `all`, out of `usable`. In this order of preference: untried and not avoided; untried though avoided
/// (the panic rule: an endpoint that was ejected, or whose probe fails, is better than none); nothing. With `client`
/// set the choice depends on nothing but the client and the endpoints, so workers and nodes agree without talk: by the
/// Maglev table where `usable` has one, else by rendezvous hashing (Thaler and Ravishankar 1998). Weights count in
/// either way, slow start in neither: clients would move to an endpoint bit by bit that all nodes must agree on.
[[nodiscard]] std::optional<std::uint32_t> pick(std::span<const Endpoint> all, const Usable& usable,
                                                const PickContext& context);

}  // namespace naru::lb
