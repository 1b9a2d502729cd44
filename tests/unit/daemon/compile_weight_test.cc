// Which weights reach the snapshot, when a change of them does, and whose slow start begins.
#include <catch2/catch.hpp>

#include "daemon/avoided_endpoints.h"
#include "daemon/planner.h"
#include "objects.h"
#include "web_fixture.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;
using config::Kind;
using Weights = std::vector<int>;

config::ServicePolicy policy(std::vector<config::WeightRule> weights) {
  config::ServicePolicy made;
  made.meta = meta("p");
  made.target_refs = {{"web", 1}};
  made.weights = std::move(weights);
  return made;
}

config::WeightRule canaries(int weight) {
  config::WeightRule made;
  made.pods = config::LabelSelector{{{"track", "canary"}}, {}};
  made.weight = weight;
  return made;
}

config::WeightRule of_zone(const std::string& zone, int weight) {
  config::WeightRule made;
  made.zones = {zone};
  made.weight = weight;
  return made;
}

config::WeightRule of_all(int weight) {
  config::WeightRule made;
  made.weight = weight;
  return made;
}

config::Service selecting() {
  config::Service made = service("web");
  made.selector = {{"app", "web"}};
  return made;
}

config::Pod web_pod(int number, const std::string& track = "stable") {
  return pod("web-" + std::to_string(number), "127.1.0." + std::to_string(number), {{"app", "web"}, {"track", track}});
}

/// The same Pods as a controller lists them.
config::EndpointSlice given(int count) {
  config::EndpointSlice made = slice("web", {});
  for (int i = 1; i <= count; ++i) {
    auto& endpoint = made.endpoints.emplace_back();
    endpoint.addresses = {ip("127.1.0." + std::to_string(i))};
    endpoint.target_pod = "web-" + std::to_string(i);
  }
  return made;
}

struct Fixture : WebFixture {
  Weights weights() const {
    Weights all;
    for (const lb::Endpoint& endpoint : web()->endpoints) all.push_back(endpoint.weight);
    return all;
  }
  /// Which endpoints, by their place, have not their whole share yet.
  std::vector<std::size_t> growing() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < web()->endpoints.size(); ++i) {
      if (web()->endpoints[i].state->grown(Clock::now(), {1h, 1, 0.1}) < 1) all.push_back(i);
    }
    return all;
  }
};

TEST_CASE_METHOD(Fixture, "weights by the labels of Pods, whether naru makes the slices or is given them") {
  for (const bool by_controller : {false, true}) {
    apply(upsert(selecting(), web_pod(1), web_pod(2, "canary"), policy({canaries(5), of_all(100)})));
    if (by_controller) apply(upsert(given(2)));
    CHECK(weights() == Weights{100, 5});
    CHECK(web()->cluster.slots.count() == 21);
    apply(upsert(web_pod(2)));
    CHECK(weights() == Weights{100, 100});
    CHECK(web()->cluster.slots.empty());
    apply(upsert(web_pod(2, "canary")));
    CHECK(weights() == Weights{100, 5});
    apply(removal(Kind::service_policy, "p"));
    CHECK(weights() == Weights{1, 1});
  }
}

TEST_CASE_METHOD(Fixture, "a Pod's annotation, whether naru makes the slices or is given them") {
  for (const bool by_controller : {false, true}) {
    auto light = web_pod(2);
    light.weight = 0;
    apply(upsert(selecting(), web_pod(1), light));
    if (by_controller) apply(upsert(given(2)));
    CHECK(weights() == Weights{1, 0});
    CHECK(web()->cluster.indices == std::vector<std::uint32_t>{0});
    CHECK(why_avoided(web()->endpoints[1], Clock::now()) == "weight 0");
    CHECK(why_avoided(web()->endpoints[0], Clock::now()).empty());
    apply(upsert(web_pod(2)));
    CHECK(weights() == Weights{1, 1});
    CHECK(web()->cluster.indices.size() == 2);
  }
}

TEST_CASE_METHOD(Fixture, "a slice's annotation is for all its endpoints") {
  auto heavy = slice("web", {"127.1.0.2", "127.1.0.3"}, "-2");
  heavy.weight = 3;
  apply(upsert(service("web"), slice("web", {"127.1.0.1"}), heavy));
  CHECK(weights() == Weights{1, 3, 3});
}

TEST_CASE_METHOD(Fixture, "weights by zone follow the labels of nodes") {
  config::Node node;
  node.meta = meta("w1");
  node.meta.name_space.clear();
  node.meta.labels = {{"topology.kubernetes.io/zone", "a"}};
  auto placed = slice("web", {"127.1.0.1", "127.1.0.2"});
  placed.endpoints[0].node_name = "w1";
  apply(upsert(node, service("web"), placed, policy({of_zone("a", 7)})));
  CHECK(weights() == Weights{7, 1});
  node.meta.labels = {{"topology.kubernetes.io/zone", "b"}};
  apply(upsert(node));
  CHECK(weights() == Weights{1, 1});
}

TEST_CASE_METHOD(Fixture, "a Maglev table is made anew when a weight changes, not else") {
  auto by_client = policy({canaries(5), of_all(100)});
  by_client.algorithm = config::Algorithm::maglev;
  apply(upsert(selecting(), web_pod(1), web_pod(2, "canary"), by_client));
  const auto table = web()->cluster.maglev;
  REQUIRE(table != nullptr);
  by_client.connect_timeout = 3s;
  apply(upsert(by_client));
  CHECK(web()->cluster.maglev == table);
  by_client.weights = {canaries(6), of_all(100)};
  apply(upsert(by_client));
  CHECK(web()->cluster.maglev != table);
}

TEST_CASE_METHOD(Fixture, "with no weight but 0 nobody is usable") {
  apply(upsert(service("web"), slice("web", {"127.1.0.1", "127.1.0.2"}), policy({of_all(0)})));
  CHECK(web()->cluster.empty());
  apply(upsert(policy({of_all(1)})));
  CHECK(web()->cluster.indices.size() == 2);
  CHECK(growing().empty());
}

TEST_CASE_METHOD(Fixture, "a Service's first endpoints do not grow; one that comes beside them does") {
  apply(upsert(service("web"), slice("web", {"127.1.0.1", "127.1.0.2"})));
  CHECK(growing().empty());
  apply(upsert(slice("web", {"127.1.0.1", "127.1.0.2", "127.1.0.3"})));
  CHECK(growing() == std::vector<std::size_t>{2});
  // Its age is its cell's: no later snapshot begins it anew.
  const double before = web()->endpoints[2].state->grown(Clock::now(), {1h, 1, 0.001});
  apply(upsert(slice("web", {"127.1.0.2", "127.1.0.3", "127.1.0.4"})));
  CHECK(growing() == std::vector<std::size_t>{1, 2});
  CHECK(web()->endpoints[1].state->grown(Clock::now() + 1min, {1h, 1, 0.001}) > before);
}

TEST_CASE_METHOD(Fixture, "an endpoint that becomes ready beside others grows, one that only changes does not") {
  auto two = slice("web", {"127.1.0.1", "127.1.0.2"});
  two.endpoints[1].ready = false;
  apply(upsert(service("web"), two));
  CHECK(growing().empty());
  two.endpoints[1].ready = true;
  apply(upsert(two));
  CHECK(growing() == std::vector<std::size_t>{1});
  two.endpoints[0].node_name = "w9";
  apply(upsert(two));
  CHECK(growing() == std::vector<std::size_t>{1});
}

TEST_CASE_METHOD(Fixture, "after none was ready the first that are do not grow") {
  auto two = slice("web", {"127.1.0.1", "127.1.0.2"});
  for (auto& endpoint : two.endpoints) endpoint.ready = false;
  apply(upsert(service("web"), two));
  for (auto& endpoint : two.endpoints) endpoint.ready = true;
  apply(upsert(two));
  CHECK(growing().empty());
  apply(upsert(slice("web", {})));
  apply(upsert(slice("web", {"127.1.0.3"})));
  CHECK(growing().empty());
}

}  // namespace
}  // namespace naru::daemon
