#include "lb/announce/report.h"

namespace naru::lb::announce {

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::none:
      return "";
    case Protocol::layer2:
      return "layer2";
    case Protocol::bgp:
      return "bgp";
  }
  return "?";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "starting";
    case Phase::settling:
      return "settling";
    case Phase::claiming:
      return "claiming";
    case Phase::live:
      return "live";
    case Phase::isolated:
      return "isolated";
  }
  return "?";
}

}  // namespace naru::lb::announce
