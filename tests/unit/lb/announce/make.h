// Inputs for the tests of announcing: nodes a, b, c, pool "pool", and what a test adds.
#pragma once

#include <catch2/catch.hpp>
#include <ostream>

#include "lb/announce/plan.h"

namespace naru::lb::announce {

inline std::ostream& operator<<(std::ostream& out, Reason reason) {
  return out << to_string(reason);
}

inline IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

inline config::LabelSelector label(const std::string& key, const std::string& value = "true") {
  return {{{key, value}}, {}};
}

struct Scene {
  Input input;
  Presence presence{Phase::live, {"b", "c"}, true};

  explicit Scene(const std::vector<std::string>& nodes = {"a", "b", "c"}) {
    input.self = "a";
    input.pools["pool"] = {{"zone", "east"}};
    for (const std::string& name : nodes) node(name);
  }

  NodeInput& node(const std::string& name) {
    NodeInput& made = input.nodes[name];
    made.name = name;
    return made;
  }
  /// A Service with an endpoint on each of `endpoints`.
  ServiceInput& service(const std::string& name, const std::vector<std::string>& ips,
                        const std::set<std::string>& endpoints = {"a", "b", "c"}) {
    auto made = std::make_shared<ServiceInput>();
    made->name = {"shop", name};
    made->pool = "pool";
    for (const std::string& each : ips) made->addresses.push_back({ip(each), true, {!endpoints.empty(), endpoints}});
    input.services[made->name] = made;
    return *made;
  }
  config::L2Advertisement& layer2() {
    auto made = std::make_shared<config::L2Advertisement>();
    input.layer2.push_back(made);
    return *made;
  }
  config::BgpAdvertisement& bgp() {
    auto made = std::make_shared<config::BgpAdvertisement>();
    input.bgp.push_back({made, {}, {}});
    return *made;
  }
  config::BgpPeer& peer(const std::string& name) {
    auto made = std::make_shared<config::BgpPeer>();
    made->meta.name = name;
    made->address = ip("10.0.0.1");
    input.peers.push_back({made, nullptr, {}, {}});
    return *made;
  }

  [[nodiscard]] Plan plan() const { return make_plan(input, presence); }
  /// The same nodes and Services as `name` sees them.
  [[nodiscard]] Plan plan_of(const std::string& name, const std::set<std::string>& live) const {
    Input theirs = input;
    theirs.self = name;
    Presence seen{Phase::live, live, true};
    seen.others.erase(name);
    return make_plan(theirs, seen);
  }
};

}  // namespace naru::lb::announce
