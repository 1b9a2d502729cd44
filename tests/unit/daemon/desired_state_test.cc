#include "daemon/desired_state.h"

#include <catch2/catch.hpp>

#include "objects.h"

namespace naru::daemon {
namespace {

using config::Kind;
const config::ServiceName kWeb{"shop", "web"};

std::vector<std::string> addresses(const DesiredState& state, const config::ServiceName& name) {
  std::vector<std::string> all;
  for (const auto& each : state.slices_of(*state.service(name))) {
    for (const auto& endpoint : each->endpoints) all.push_back(endpoint.addresses.front().to_string());
  }
  return all;
}

config::Service web_selecting(config::Labels selector) {
  config::Service made = service("web");
  made.selector = std::move(selector);
  return made;
}

TEST_CASE("a Service's endpoints are the slices given, else Endpoints, else the Pods it selects") {
  DesiredState state;
  state.apply(upsert(web_selecting({{"app", "web"}}), pod("a", "127.1.0.1", {{"app", "web"}})));
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.1"});

  config::Endpoints endpoints;
  endpoints.meta = meta("web");
  endpoints.subsets = {slice("web", {"127.1.0.2"})};
  CHECK(state.apply(upsert(endpoints)).touched_services == ServiceSet{kWeb});
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.2"});

  CHECK(state.apply(upsert(slice("web", {"127.1.0.3"}))).touched_services == ServiceSet{kWeb});
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.3"});

  state.apply(removal(Kind::endpoint_slice, "web-1"));
  state.apply(removal(Kind::endpoints, "web"));
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.1"});
}

TEST_CASE("a Pod's change touches the Services that select it before or after, and no other") {
  DesiredState state;
  config::Service other = service("other");
  other.selector = {{"app", "other"}};
  state.apply(upsert(web_selecting({{"app", "web"}, {"tier", "front"}}), other));

  CHECK(state.apply(upsert(pod("a", "127.1.0.1", {{"app", "web"}}))).touched_services.empty());
  const config::Labels both{{"app", "web"}, {"tier", "front"}};
  CHECK(state.apply(upsert(pod("a", "127.1.0.1", both))).touched_services == ServiceSet{kWeb});
  const auto moved = state.apply(upsert(pod("a", "127.1.0.1", {{"app", "other"}})));
  CHECK(moved.touched_services == ServiceSet{kWeb, {"shop", "other"}});
  CHECK(addresses(state, kWeb).empty());
  CHECK(state.apply(removal(Kind::pod, "a")).touched_services == ServiceSet{{"shop", "other"}});
}

TEST_CASE("a Service that comes after its Pods, or changes its selector, finds them") {
  DesiredState state;
  state.apply(upsert(pod("a", "127.1.0.1", {{"app", "web"}}), pod("b", "127.1.0.2", {{"app", "new"}})));
  state.apply(upsert(web_selecting({{"app", "web"}})));
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.1"});
  state.apply(upsert(web_selecting({{"app", "new"}})));
  CHECK(addresses(state, kWeb) == std::vector<std::string>{"127.1.0.2"});
  state.apply(removal(Kind::service, "web"));
  CHECK(state.service(kWeb) == nullptr);
  CHECK(state.apply(removal(Kind::pod, "b")).touched_services.empty());
}

TEST_CASE("a slice that changes its Service touches both") {
  DesiredState state;
  state.apply(upsert(service("web"), service("other"), slice("web", {"127.1.0.1"})));
  config::EndpointSlice moved = slice("other", {"127.1.0.1"});
  moved.meta.name = "web-1";
  CHECK(state.apply(upsert(moved)).touched_services == ServiceSet{kWeb, {"shop", "other"}});
  CHECK(addresses(state, kWeb).empty());
}

TEST_CASE("of several policies the oldest stands, then the first by name") {
  const auto policy = [](const std::string& name, const std::string& created) {
    config::ServicePolicy made;
    made.meta = meta(name);
    made.meta.creation_timestamp = created;
    made.target_refs = {{"web", 1}};
    return made;
  };
  DesiredState state;
  CHECK(state.policy_of(kWeb) == nullptr);
  state.apply(upsert(policy("b", ""), policy("c", "")));
  CHECK(state.policy_of(kWeb)->meta.name == "b");
  state.apply(upsert(policy("b", "2026-02-01T00:00:00Z"), policy("c", "2026-01-01T00:00:00Z")));
  CHECK(state.policy_of(kWeb)->meta.name == "c");
  CHECK(state.apply(removal(Kind::service_policy, "c")).touched_services == ServiceSet{kWeb});
  CHECK(state.policy_of(kWeb)->meta.name == "b");
}

TEST_CASE("a slice without its Service is kept, and told of") {
  DesiredState state;
  state.apply(upsert(slice("web", {"127.1.0.1"})));
  REQUIRE(state.orphans().size() == 1);
  CHECK(state.orphans()[0].to_string() ==
        "web.yaml:1: EndpointSlice shop/web-1: metadata.labels[kubernetes.io/service-name]: there is no Service "
        "shop/web; "
        "the slice is kept until there is");
  state.apply(upsert(service("web")));
  CHECK(state.orphans().empty());
  CHECK(addresses(state, kWeb).size() == 1);
}

}  // namespace
}  // namespace naru::daemon
