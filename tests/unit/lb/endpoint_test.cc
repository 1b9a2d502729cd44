#include "lb/endpoint.h"

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using config::TrafficPolicy;

/// One letter per endpoint: r ready, t terminating and serving, x terminating and not serving, n not ready, p ready by
/// publishNotReadyAddresses though terminating. A capital: on this node.
std::vector<Endpoint> parse(std::string_view letters) {
  std::vector<Endpoint> all;
  for (const char letter : letters) {
    Endpoint made = endpoint(static_cast<std::uint32_t>(all.size()) + 1);
    const char kind = static_cast<char>(letter | 0x20);
    made.local = letter != kind;
    made.ready = kind == 'r' || kind == 'p';
    made.serving = kind == 'r' || kind == 't' || kind == 'p';
    made.terminating = kind == 't' || kind == 'x' || kind == 'p';
    all.push_back(made);
  }
  return all;
}

TEST_CASE("which endpoints a new connection may use (KEP-1669), decided apart for the cluster and for this node") {
  using Indices = std::vector<std::uint32_t>;
  struct Row {
    std::string_view says;
    std::string_view endpoints;
    Indices cluster;
    Tier cluster_tier;
    Indices local;
    Tier local_tier;
  };
  const Row rows[] = {
      {"none at all", "", {}, Tier::none, {}, Tier::none},
      {"one ready here", "R", {0}, Tier::ready, {0}, Tier::ready},
      {"one ready elsewhere", "r", {0}, Tier::ready, {}, Tier::none},
      {"ready before terminating", "RTr", {0, 2}, Tier::ready, {0}, Tier::ready},
      {"terminating only where none is ready", "TtX", {0, 1}, Tier::terminating, {0}, Tier::terminating},
      {"ready elsewhere, terminating here", "rT", {0}, Tier::ready, {1}, Tier::terminating},
      {"terminating elsewhere only, none here", "tN", {0}, Tier::terminating, {}, Tier::none},
      {"terminating and no longer serving", "XX", {}, Tier::none, {}, Tier::none},
      {"not ready", "nN", {}, Tier::none, {}, Tier::none},
      {"not ready never helps out", "NX", {}, Tier::none, {}, Tier::none},
      {"published though terminating comes after ready", "PR", {1}, Tier::ready, {1}, Tier::ready},
      {"published though terminating is better than none", "P", {0}, Tier::terminating, {0}, Tier::terminating},
      {"order is kept", "rnRtr", {0, 2, 4}, Tier::ready, {2}, Tier::ready},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    const auto all = parse(row.endpoints);
    const Usable cluster = usable_endpoints(all, TrafficPolicy::cluster);
    const Usable local = usable_endpoints(all, TrafficPolicy::local);
    CHECK(cluster.indices == row.cluster);
    CHECK(cluster.tier == row.cluster_tier);
    CHECK(local.indices == row.local);
    CHECK(local.tier == row.local_tier);
    CHECK(cluster.empty() == row.cluster.empty());
  }
}

TEST_CASE("ready without serving is enough while an endpoint stays") {
  Endpoint odd = endpoint(1);
  odd.serving = false;
  CHECK(usable_endpoints({&odd, 1}, TrafficPolicy::cluster).tier == Tier::ready);
  odd.terminating = true;
  CHECK(usable_endpoints({&odd, 1}, TrafficPolicy::cluster).empty());
}

TEST_CASE("ejection lasts the base, doubles with each failure in a row, and stops growing at the cap") {
  EndpointState state;
  TimePoint now{100s};
  CHECK_FALSE(state.ejected(now));
  for (const auto wait : {1s, 2s, 4s, 8s, 10s, 10s}) {
    CHECK(state.eject(now, 1s, 10s));
    CHECK(state.ejected_until() == now + wait);
    CHECK(state.ejected(now));
    CHECK(state.ejected(now + wait - 1ns));
    CHECK_FALSE(state.ejected(now + wait));
    now += wait;
  }
}

TEST_CASE("failures while ejected neither extend nor double the ejection") {
  EndpointState state;
  const TimePoint now{100s};
  CHECK(state.eject(now, 1s, 60s));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(state.eject(now + 500ms, 1s, 60s));
  CHECK(state.ejected_until() == now + 1s);
  CHECK(state.eject(now + 1s, 1s, 60s));
  CHECK(state.ejected_until() == now + 3s);
}

TEST_CASE("a success makes the next ejection start from the base, and does not end the one that runs") {
  EndpointState state;
  const TimePoint now{100s};
  CHECK(state.eject(now, 1s, 60s));
  CHECK(state.eject(now + 1s, 1s, 60s));
  state.succeeded();
  CHECK(state.ejected(now + 2s));
  CHECK(state.eject(now + 10s, 1s, 60s));
  CHECK(state.ejected_until() == now + 11s);
}

TEST_CASE("a base above the cap is the cap; a base of zero does not eject") {
  EndpointState state;
  const TimePoint now{100s};
  CHECK(state.eject(now, 20s, 5s));
  CHECK(state.ejected_until() == now + 5s);
  EndpointState unmoved;
  unmoved.eject(now, 0s, 60s);
  CHECK_FALSE(unmoved.ejected(now));
}

TEST_CASE("gateway failures eject when they reach the threshold in a row") {
  struct Row {
    const char* sentence;
    int threshold;
    int failures;
    bool ejected;
  };
  const Row row = GENERATE(Row{"never, where the threshold is 0", 0, 100, false}, Row{"one is enough", 1, 1, true},
                           Row{"one before the threshold", 5, 4, false}, Row{"at the threshold", 5, 5, true});
  INFO(row.sentence);
  EndpointState state;
  const TimePoint now{100s};
  bool ejected = false;
  for (int i = 0; i < row.failures; ++i) ejected = state.gateway_failed(now, row.threshold, 1s, 60s);
  CHECK(ejected == row.ejected);
  CHECK(state.ejected(now) == row.ejected);
}

TEST_CASE("a good response between them makes gateway failures count from the start") {
  EndpointState state;
  const TimePoint now{100s};
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(state.gateway_failed(now, 3, 1s, 60s));
    CHECK_FALSE(state.gateway_failed(now, 3, 1s, 60s));
    state.succeeded();
  }
}

TEST_CASE("gateway failures that go on double the ejection, and count anew after each") {
  EndpointState state;
  TimePoint now{100s};
  for (const auto wait : {1s, 2s, 4s}) {
    CHECK_FALSE(state.gateway_failed(now, 2, 1s, 60s));
    CHECK(state.gateway_failed(now, 2, 1s, 60s));
    CHECK(state.ejected_until() == now + wait);
    now += wait;
  }
}

TEST_CASE("an endpoint is avoided while it is ejected or its probe fails") {
  EndpointState state;
  const TimePoint now{100s};
  CHECK_FALSE(state.avoided(now));
  state.set_probe_failed(true);
  CHECK(state.avoided(now));
  CHECK_FALSE(state.ejected(now));
  state.succeeded();
  CHECK(state.avoided(now));
  state.set_probe_failed(false);
  CHECK_FALSE(state.avoided(now));
  state.eject(now, 1s, 60s);
  CHECK(state.avoided(now));
}

}  // namespace
}  // namespace naru::lb
