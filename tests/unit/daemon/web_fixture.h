// A planner on node w1 and what it makes of the Service "web" in namespace "shop".
#pragma once

#include <memory>

#include "daemon/planner.h"
#include "objects.h"

namespace naru::daemon {

struct WebFixture {
  WebFixture() {
    PlannerConfig config;
    config.node = "w1";
    config.allocator.service_cidrs = {Cidr::parse("127.96.0.0/16").value()};
    config.host.primary = {ip("127.0.41.1")};
    config.zone.service_cidrs = config.allocator.service_cidrs;
    planner = std::make_unique<Planner>(std::move(config), AllocationStore::in_memory("w1"));
  }

  std::shared_ptr<const proxy::ServicePort> web() const {
    return planner->in_force().at({"shop", "web"}).compiled.ports.begin()->second;
  }
  void apply(const config::SourceUpdate& update) { planner->apply(update); }

  std::unique_ptr<Planner> planner;
};

}  // namespace naru::daemon
