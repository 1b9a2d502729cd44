// Which node announces an address: the same answer on every node, without a word between them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace naru::lb::layer2 {

/// A node that may announce: alive, selected by an advertisement, with a usable endpoint where the policy asks for one.
struct ElectionCandidate {
  std::string node;
  std::int64_t preference{};  // the summed weights of the preferences that match it; higher is better

  friend bool operator==(const ElectionCandidate&, const ElectionCandidate&) = default;
};

/// The candidates' nodes, best first: by preference, then by the SHA-256 of `node#address`, so that addresses spread
/// over nodes and a node that comes or goes moves no address but those that it wins or leaves. `address` is the
/// Service's first, so that both of a dual-stack pair go the same way. Of several candidates of one name, the best
/// preference counts.
[[nodiscard]] std::vector<std::string_view> ranking(std::span<const ElectionCandidate> candidates,
                                                    const IpAddress& address);

/// The first of ranking(); nothing if there is no candidate: then nobody announces. The view is into `candidates`.
[[nodiscard]] std::optional<std::string_view> elect(std::span<const ElectionCandidate> candidates,
                                                    const IpAddress& address);

}  // namespace naru::lb::layer2
