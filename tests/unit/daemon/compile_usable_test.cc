// What of hints, zones and tables reaches the snapshot, and when a change of them does.
#include <catch2/catch.hpp>

#include "daemon/planner.h"
#include "objects.h"
#include "web_fixture.h"

namespace naru::daemon {
namespace {

using config::Kind;
using Texts = std::vector<std::string>;

config::Node node(const std::string& name, const std::string& zone) {
  config::Node made;
  made.meta = meta(name);
  made.meta.name_space.clear();
  if (!zone.empty()) made.meta.labels = {{"topology.kubernetes.io/zone", zone}};
  return made;
}

config::Service wishing(const std::string& distribution) {
  config::Service made = service("web");
  made.traffic_distribution = distribution;
  return made;
}

/// 127.1.0.1 on w1, 127.1.0.2 on w2 and so on.
config::EndpointSlice on_nodes(std::size_t count) {
  config::EndpointSlice made = slice("web", {});
  for (std::size_t i = 1; i <= count; ++i) {
    config::SliceEndpoint endpoint;
    endpoint.addresses = {ip("127.1.0." + std::to_string(i))};
    endpoint.node_name = "w" + std::to_string(i);
    made.endpoints.push_back(endpoint);
  }
  return made;
}

struct Fixture : WebFixture {
  /// Addresses that the policy's traffic may be sent to.
  Texts reached(config::TrafficPolicy policy = config::TrafficPolicy::cluster) const {
    Texts all;
    for (const auto index : web()->usable(policy).indices)
      all.push_back(web()->endpoints[index].address.ip.to_string());
    return all;
  }
};

const Texts kFirst = {"127.1.0.1"};
const Texts kBoth = {"127.1.0.1", "127.1.0.2"};

TEST_CASE_METHOD(Fixture, "a Service that prefers its zone is sent to the zone's endpoints, as the nodes' labels say") {
  apply(upsert(node("w1", "a"), node("w2", "b"), wishing("PreferClose"), on_nodes(2)));
  CHECK(reached() == kFirst);

  SECTION("without the wish, to all") {
    apply(upsert(service("web")));
    CHECK(reached() == kBoth);
  }
  SECTION("to all when the zone's last endpoint goes, and back") {
    auto without = on_nodes(2);
    without.endpoints.erase(without.endpoints.begin());
    apply(upsert(without));
    CHECK(reached() == Texts{"127.1.0.2"});
    apply(upsert(on_nodes(2)));
    CHECK(reached() == kFirst);
  }
  SECTION("another node's zone becomes this one's: its endpoints are near too") {
    apply(upsert(node("w2", "a")));
    CHECK(reached() == kBoth);
  }
  SECTION("this node's label goes: all are near") {
    apply(upsert(node("w1", "")));
    CHECK(reached() == kBoth);
  }
  SECTION("this node goes") {
    auto update = removal(Kind::node, "w1");
    update.removed.front().name_space.clear();
    apply(update);
    CHECK(reached() == kBoth);
  }
  SECTION("a node's change that leaves all where they are is no change") {
    const auto before = web();
    apply(upsert(node("w2", "b")));
    CHECK(web() == before);
    apply(upsert(node("w3", "c")));
    CHECK(web() == before);
  }
}

TEST_CASE_METHOD(Fixture, "hints are followed though nobody wishes them, and when they change") {
  auto hinted = on_nodes(2);
  hinted.endpoints[0].hint_zones = {"a"};
  hinted.endpoints[1].hint_zones = {"b"};
  apply(upsert(node("w1", "a"), service("web"), hinted));
  CHECK(reached() == kFirst);
  apply(upsert(node("w1", "b")));
  CHECK(reached() == Texts{"127.1.0.2"});
  hinted.endpoints[0].hint_zones.clear();
  apply(upsert(hinted));
  CHECK(reached() == kBoth);
}

TEST_CASE_METHOD(Fixture, "policy Local is not narrowed by zones") {
  config::Service web_service = wishing("PreferSameZone");
  web_service.internal_traffic_policy = config::TrafficPolicy::local;
  auto elsewhere = on_nodes(2);
  elsewhere.endpoints[0].hint_zones = {"b"};
  elsewhere.endpoints[1].hint_zones = {"a"};
  apply(upsert(node("w1", "a"), web_service, elsewhere));
  CHECK(reached() == Texts{"127.1.0.2"});
  CHECK(reached(config::TrafficPolicy::local) == kFirst);
}

TEST_CASE_METHOD(Fixture, "a Maglev table is made where the policy asks for it, and kept while the addresses stay") {
  config::ServicePolicy policy;
  policy.meta = meta("p");
  policy.target_refs = {{"web", 1}};
  apply(upsert(service("web"), on_nodes(3)));
  CHECK(web()->cluster.maglev == nullptr);
  policy.algorithm = config::Algorithm::maglev;
  apply(upsert(policy));
  const auto table = web()->cluster.maglev;
  REQUIRE(table != nullptr);
  CHECK(web()->local.maglev == nullptr);  // nothing is Local

  SECTION("another node's endpoint is named differently") {
    auto renamed = on_nodes(3);
    renamed.endpoints[1].target_pod = "web-2";
    apply(upsert(renamed));
    CHECK(web()->endpoints[1].pod == "web-2");
    CHECK(web()->cluster.maglev == table);
  }
  SECTION("an endpoint that is not ready comes: positions change, the table does not") {
    auto more = on_nodes(3);
    more.endpoints.emplace_back().addresses = {ip("127.0.0.9")};
    more.endpoints.back().ready = false;
    apply(upsert(more));
    CHECK(web()->cluster.indices == std::vector<std::uint32_t>{1, 2, 3});
    CHECK(web()->cluster.maglev == table);
  }
  SECTION("an endpoint goes") {
    apply(upsert(on_nodes(2)));
    REQUIRE(web()->cluster.maglev != nullptr);
    CHECK(web()->cluster.maglev != table);
  }
  SECTION("with one endpoint there is nothing to choose") {
    apply(upsert(on_nodes(1)));
    CHECK(web()->cluster.maglev == nullptr);
  }
  SECTION("traffic policy Local has a table of its own, or the same where the endpoints are the same") {
    config::Service local = service("web");
    local.internal_traffic_policy = config::TrafficPolicy::local;
    auto here = on_nodes(3);
    for (auto& endpoint : here.endpoints) endpoint.node_name = "w1";
    apply(upsert(local, here));
    CHECK(web()->local.maglev == table);
    here.endpoints[0].node_name = "w2";
    apply(upsert(here));
    REQUIRE(web()->local.maglev != nullptr);
    CHECK(web()->local.maglev != table);
    CHECK(web()->cluster.maglev == table);
  }
  SECTION("the policy goes, the table too") {
    apply(removal(Kind::service_policy, "p"));
    CHECK(web()->cluster.maglev == nullptr);
  }
}

}  // namespace
}  // namespace naru::daemon
