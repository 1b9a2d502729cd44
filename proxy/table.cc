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
    case Outcome::bad_proxy_header:
      return "bad_proxy_header";
  }
  return "?";
}

std::string proxy_header_for(ProxyVersion version, const SocketAddress& client, const SocketAddress& address) {
  const ProxyHeader header{.local = false, .source = client, .destination = address};
  std::string bytes;
  version == ProxyVersion::v1 ? append_proxy_v1(bytes, header) : append_proxy_v2(bytes, header);
  return bytes;
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
