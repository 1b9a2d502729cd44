// From decisions to what is shown of them.
#pragma once

#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "lb/announce/report.h"

namespace naru::lb::announce {

/// What the layer 2 speaker says of a decision: where it is announced, else what is in the way.
[[nodiscard]] AnnouncementInfo info_of(const Layer2Decision& decision, std::span<const layer2::Announced> announced,
                                       std::span<const layer2::InterfaceInfo> interfaces);
[[nodiscard]] AnnouncementInfo info_of(const BgpDecision& decision, Protocol protocol, const std::string& self);

/// Since when each announcement is as it is. One thread.
class Since {
 public:
  /// Fills in `since`, and forgets what is not among `infos`.
  void update(std::vector<AnnouncementInfo>& infos, WallTime now);

 private:
  using Key = std::tuple<IpAddress, Protocol, config::ServiceName, std::string>;
  struct State {
    Reason reason{};
    std::string node;
    WallTime since;
  };
  std::map<Key, State> states_;
};

}  // namespace naru::lb::announce
