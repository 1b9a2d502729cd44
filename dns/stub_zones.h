// Which upstreams a name is asked for at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dns/forward_options.h"

namespace naru::dns {

/// Groups of upstreams: 0 is the one for all names, then come the stub zones' as listed.
class StubZones {
 public:
  explicit StubZones(const ForwardOptions& options);

  /// The longest stub zone that `name` (lower-case wire) is in, else 0. Nothing: there is nobody to ask.
  [[nodiscard]] std::optional<std::size_t> group_of(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return NameHash{}(name); }
  };

  bool for_all_names_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> groups_;  // by apex
};

}  // namespace naru::dns
