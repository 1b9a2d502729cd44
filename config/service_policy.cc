#include "config/service_policy.h"

namespace naru::config {

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::random:
      return "Random";
    case Algorithm::round_robin:
      return "RoundRobin";
    case Algorithm::least_connections:
      return "LeastConnections";
    case Algorithm::maglev:
      return "Maglev";
  }
  return "?";
}

std::string_view to_string(ReplayMode mode) {
  switch (mode) {
    case ReplayMode::never:
      return "Never";
    case ReplayMode::idempotent:
      return "Idempotent";
    case ReplayMode::always:
      return "Always";
  }
  return "?";
}

std::string_view to_string(ProbeType type) {
  switch (type) {
    case ProbeType::tcp:
      return "TCP";
    case ProbeType::http:
      return "HTTP";
    case ProbeType::grpc:
      return "GRPC";
  }
  return "?";
}

}  // namespace naru::config
