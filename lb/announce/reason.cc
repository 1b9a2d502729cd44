#include "lb/announce/reason.h"

namespace naru::lb::announce {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::announced:
      return "announced";
    case Reason::no_advertisement:
      return "no_advertisement";
    case Reason::node_not_selected:
      return "node_not_selected";
    case Reason::node_excluded:
      return "node_excluded";
    case Reason::node_leaving:
      return "node_leaving";
    case Reason::node_unknown:
      return "node_unknown";
    case Reason::network_unavailable:
      return "network_unavailable";
    case Reason::no_endpoint:
      return "no_endpoint";
    case Reason::no_local_endpoint:
      return "no_local_endpoint";
    case Reason::not_served:
      return "not_served";
    case Reason::starting:
      return "starting";
    case Reason::settling:
      return "settling";
    case Reason::lost_election:
      return "lost_election";
    case Reason::no_privilege:
      return "no_privilege";
    case Reason::no_interface:
      return "no_interface";
    case Reason::no_peer:
      return "no_peer";
    case Reason::not_configured:
      return "not_configured";
  }
  return "?";
}

}  // namespace naru::lb::announce
