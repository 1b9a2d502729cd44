#include "proxy/table.h"

namespace naru::proxy {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::closed:
      return "closed";
    case Outcome::client_reset:
      return "client_reset";
    case Outcome::endpoint_reset:
      return "endpoint_reset";
    case Outcome::no_endpoint:
      return "no_endpoint";
    case Outcome::idle_timeout:
      return "idle_timeout";
    case Outcome::drain_timeout:
      return "drain_timeout";
    case Outcome::limit:
      return "limit";
    case Outcome::shutdown:
      return "shutdown";
    case Outcome::source_denied:
      return "source_denied";
  }
  return "?";
}

std::string_view to_string(FrontendKind kind) {
  switch (kind) {
    case FrontendKind::cluster_ip:
      return "ClusterIP";
    case FrontendKind::node_port:
      return "NodePort";
    case FrontendKind::load_balancer:
      return "LoadBalancer";
    case FrontendKind::external_ip:
      return "ExternalIP";
  }
  return "?";
}

}  // namespace naru::proxy
