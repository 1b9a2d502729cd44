// The rules of interception as they are in force, read back from what the kernel has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace naru::daemon {

struct InterceptShown {
  bool everybody{};
  std::vector<std::uint32_t> uids;
  std::vector<std::string> cgroups;
  std::vector<std::uint32_t> sidecar_uids;
  std::vector<std::string> cidrs;  // as nft writes them: prefixes, or ranges where there is no prefix
  std::vector<std::string> resolvers;
  std::uint16_t port{};
  std::uint16_t dns_port{};  // 0: queries are not intercepted
  // Connections and flows that the rules have redirected since they are there.
  std::uint64_t tcp{};
  std::uint64_t udp{};
  std::uint64_t dns{};
};

/// From the table as nft writes it in JSON. Errors: bad_input, it is no such text.
[[nodiscard]] Result<InterceptShown> parse_intercept(const std::string& json);

[[nodiscard]] std::string intercept_text(const InterceptShown& shown);
/// One object; null where nothing is intercepted: {"installed": false}.
[[nodiscard]] std::string intercept_json(const std::optional<InterceptShown>& shown);

}  // namespace naru::daemon
