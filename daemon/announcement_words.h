// The words in which announcements are shown.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/view.h"

namespace naru::daemon {

/// "Announced"; "Standby": another node announces it; "Pending": it will be, unless something comes between;
/// "NotAnnounced".
[[nodiscard]] std::string_view state_word(lb::announce::Reason reason);

/// How a node is shown: of this one its part in elections, of others what is heard of them.
[[nodiscard]] std::string_view liveness_word(lb::announce::Phase phase);
[[nodiscard]] std::string_view liveness_word(const lb::announce::NodeInfo& info);

/// One for each Service that has an address.
[[nodiscard]] std::vector<AnnouncementView> announcement_views(const lb::announce::Report& report);

}  // namespace naru::daemon
