#include "daemon/announcement_words.h"

namespace naru::daemon {

using lb::announce::Phase;
using lb::announce::Reason;

std::string_view state_word(Reason reason) {
  switch (reason) {
    case Reason::announced:
      return "Announced";
    case Reason::lost_election:
      return "Standby";
    case Reason::starting:
    case Reason::settling:
    case Reason::not_served:
      return "Pending";
    default:
      return "NotAnnounced";
  }
}

std::string_view liveness_word(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "Starting";
    case Phase::settling:
    case Phase::claiming:
      return "Settling";
    case Phase::live:
      return "Live";
    case Phase::isolated:
      return "Isolated";
  }
  return "?";
}

std::string_view liveness_word(const lb::announce::NodeInfo& info) {
  if (info.session != lb::bfd::State::up) return "Down";
  return info.candidate ? "Live" : "Settling";
}

std::vector<AnnouncementView> announcement_views(const lb::announce::Report& report) {
  std::vector<AnnouncementView> views;
  for (const auto& info : report.announcements) {
    for (const auto& service : info.services) views.push_back({service, info});
  }
  return views;
}

}  // namespace naru::daemon
