#include "lb/allocation.h"

namespace naru::lb {

Held held_of(const config::Service& service, const Allocation& allocation) {
  Held held{
      allocation.cluster_ips, {}, allocation.health_check_node_port, allocation.load_balancer_ips, allocation.pool};
  for (std::size_t i = 0; i < allocation.node_ports.size(); ++i) {
    const config::ServicePort& port = service.ports[i];
    if (allocation.node_ports[i]) held.node_ports[{port.protocol, port.port}] = *allocation.node_ports[i];
  }
  return held;
}

}  // namespace naru::lb
