#include "daemon/fqdn_slices.h"

#include <catch2/catch.hpp>

#include "daemon/planner.h"
#include "objects.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;
using dns::AddressAnswer;
const config::ServiceName kWeb{"shop", "web"};
const std::vector<Family> kBoth{Family::ipv4, Family::ipv6};
const std::vector<Family> kFour{Family::ipv4};

config::EndpointSlice named_slice(const std::vector<std::string>& names) {
  config::EndpointSlice made = slice("web", {});
  made.address_type = config::AddressType::fqdn;
  for (const std::string& name : names) {
    made.endpoints.emplace_back();
    made.endpoints.back().fqdns = {name, "second.example.com"};
  }
  return made;
}

AddressAnswer found(const std::vector<std::string>& ips) {
  AddressAnswer answer{AddressAnswer::Kind::found, {}, 30s};
  for (const std::string& text : ips) answer.addresses.push_back(ip(text));
  return answer;
}

SlicePtrs ptrs(const config::EndpointSlice& made) {
  return {std::make_shared<const config::EndpointSlice>(made)};
}

TEST_CASE("the names of slices: the first of each endpoint, in each family") {
  CHECK(names_in({}, kBoth).empty());
  CHECK(names_in(ptrs(slice("web", {"127.1.0.1"})), kBoth).empty());
  CHECK(names_in(ptrs(named_slice({"a.test", "b.test", "a.test"})), kBoth).size() == 4);
  CHECK(names_in(ptrs(named_slice({"a.test"})), kFour) == std::set<FollowedName>{{"a.test", Family::ipv4}});
  CHECK(names_in(ptrs(named_slice({})), kBoth).empty());
}

TEST_CASE("an endpoint for each address of a name, as the slice says of the name") {
  FollowedNames names;
  names.set(kWeb, {{"a.test", Family::ipv4}, {"a.test", Family::ipv6}, {"b.test", Family::ipv4}});
  names.take({"a.test", Family::ipv4}, found({"10.0.0.1", "10.0.0.2", "169.254.0.1", "224.0.0.1"}), {});
  names.take({"a.test", Family::ipv6}, found({"fd00::1"}), {});
  config::EndpointSlice given = named_slice({"a.test", "b.test"});
  given.endpoints[0].ready = false;
  given.endpoints[0].node_name = "w1";
  const SlicePtrs made = with_addresses(ptrs(given), kBoth, names);
  REQUIRE(made.size() == 2);
  CHECK(made[0]->address_type == config::AddressType::ipv4);
  CHECK(made[1]->address_type == config::AddressType::ipv6);
  REQUIRE(made[0]->endpoints.size() == 2);
  REQUIRE(made[1]->endpoints.size() == 1);
  CHECK(made[0]->endpoints[1].addresses == std::vector{ip("10.0.0.2")});
  CHECK(made[1]->endpoints[0].addresses == std::vector{ip("fd00::1")});
  CHECK_FALSE(made[1]->endpoints[0].ready);
  CHECK(made[1]->endpoints[0].node_name == "w1");
  CHECK(with_addresses(ptrs(given), kFour, names).size() == 1);
}

TEST_CASE("slices without names stay the objects that they are") {
  const SlicePtrs given = ptrs(slice("web", {"127.1.0.1"}));
  CHECK(with_addresses(given, kBoth, {}) == given);
}

// ---- in force ----

struct Fixture {
  Planner planner{config(), AllocationStore::in_memory("w1-k8s")};
  NameChange change;

  static PlannerConfig config() {
    PlannerConfig made;
    made.node = "w1-k8s";
    made.allocator.service_cidrs = {Cidr::parse("127.96.0.0/16").value()};
    made.zone.service_cidrs = made.allocator.service_cidrs;
    return made;
  }
  bool resolve(const std::vector<std::string>& ips) {
    return planner.resolved({"a.test", Family::ipv4}, found(ips), {}, change);
  }
  std::vector<std::string> endpoints() const {
    std::vector<std::string> all;
    for (const auto& [key, port] : planner.in_force().at(kWeb).compiled.ports) {
      for (const lb::Endpoint& endpoint : port->endpoints) all.push_back(endpoint.address.to_string());
    }
    return all;
  }
};
using Texts = std::vector<std::string>;

TEST_CASE_METHOD(Fixture, "a Service's endpoints follow its names, in the families of the Service") {
  planner.apply(upsert(service("web"), named_slice({"a.test"})));
  CHECK(endpoints().empty());
  CHECK(planner.names().size() == 1);
  CHECK(resolve({"10.0.0.1", "10.0.0.2"}));
  CHECK(endpoints() == Texts{"10.0.0.1:8080", "10.0.0.2:8080"});
  CHECK_FALSE(resolve({"10.0.0.1", "10.0.0.2"}));
  CHECK(resolve({"10.0.0.2"}));
  CHECK(endpoints() == Texts{"10.0.0.2:8080"});
  CHECK_FALSE(planner.resolved({"a.test", Family::ipv4}, {}, {}, change));
  CHECK(change.event == NameChange::Event::failing);
  CHECK(endpoints() == Texts{"10.0.0.2:8080"});
  CHECK(planner.resolved({"a.test", Family::ipv4}, {AddressAnswer::Kind::none, {}, 5s}, {}, change));
  CHECK(endpoints().empty());
}

TEST_CASE_METHOD(Fixture, "an address that stays keeps its state") {
  planner.apply(upsert(service("web"), named_slice({"a.test"})));
  resolve({"10.0.0.1", "10.0.0.2"});
  const auto state = planner.in_force().at(kWeb).compiled.ports.begin()->second->endpoints[1].state;
  resolve({"10.0.0.2", "10.0.0.3"});
  CHECK(planner.in_force().at(kWeb).compiled.ports.begin()->second->endpoints[0].state == state);
}

TEST_CASE_METHOD(Fixture, "a name whose address is the Service's own would loop") {
  planner.apply(upsert(service("web"), named_slice({"a.test"})));
  const IpAddress own = planner.in_force().at(kWeb).allocation.cluster_ips.front();
  resolve({own.to_string()});
  CHECK(endpoints().empty());
  REQUIRE(planner.issues().size() == 1);
  CHECK(planner.issues()[0].to_string() ==
        "web.yaml:1: EndpointSlice shop/web-1: endpoints: a.test: " + own.to_string() +
            " is an address of the Service itself: traffic would loop; the endpoint is left out");
}

TEST_CASE_METHOD(Fixture, "names go with their slice, and with their Service") {
  planner.apply(upsert(service("web"), named_slice({"a.test"})));
  resolve({"10.0.0.1"});
  planner.apply(removal(config::Kind::endpoint_slice, "web-1"));
  CHECK(planner.names().size() == 0);
  CHECK(endpoints().empty());
  planner.apply(upsert(named_slice({"a.test"})));
  CHECK(planner.names().size() == 1);
  planner.apply(removal(config::Kind::service, "web"));
  CHECK(planner.names().size() == 0);
  CHECK_FALSE(resolve({"10.0.0.1"}));
}

}  // namespace
}  // namespace naru::daemon
