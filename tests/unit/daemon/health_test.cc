#include "daemon/health.h"

#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

config::Node node(const std::string& taint, const std::string& deletion = "") {
  config::Node made;
  made.meta = meta("w1", "");
  made.meta.deletion_timestamp = deletion;
  if (!taint.empty()) made.taints = {"example.com/other", taint};
  return made;
}

TEST_CASE("healthz and livez answer 200 or 503") {
  struct Row {
    const char* sentence;
    bool loaded;
    std::optional<Duration> waiting;
    std::optional<config::Node> node;
    unsigned healthz;
    unsigned livez;
  };
  const Row rows[] = {
      {"idle and without a Node object", true, std::nullopt, std::nullopt, 200, 200},
      {"idle, with an ordinary Node", true, std::nullopt, node(""), 200, 200},
      {"before the first load is in force", false, std::nullopt, std::nullopt, 503, 503},
      {"a change that waits for just the time-out", true, 120s, std::nullopt, 200, 200},
      {"and a moment longer", true, 120s + 1ns, std::nullopt, 503, 503},
      {"a Node about to be removed by the autoscaler", true, std::nullopt, node("ToBeDeletedByClusterAutoscaler"), 503,
       200},
      {"a Node with another taint", true, std::nullopt, node("ToBeDeletedByNobody"), 200, 200},
      {"a Node that is being deleted", true, std::nullopt, node("", "2026-01-01T00:00:00Z"), 503, 200},
      {"both wrong", true, 121s, node("ToBeDeletedByClusterAutoscaler"), 503, 503},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    HealthInput input;
    input.now = TimePoint(1h);
    input.loaded = row.loaded;
    if (row.waiting) input.waiting_since = input.now - *row.waiting;
    if (row.node) input.node = &*row.node;
    CHECK(healthz(input).status == row.healthz);
    CHECK(livez(input).status == row.livez);
  }
}

TEST_CASE("the body tells when it was last updated, which is now while healthy") {
  HealthInput input;
  input.loaded = true;
  input.wall_now = std::chrono::system_clock::time_point(10s);
  input.last_updated = std::chrono::system_clock::time_point(4s);
  const HttpResponse good = healthz(input);
  CHECK(good.content_type == "application/json");
  CHECK(good.headers == decltype(good.headers){{"X-Content-Type-Options", "nosniff"}});
  CHECK(good.body == R"({"lastUpdated": "1970-01-01T00:00:10.000000Z","currentTime": "1970-01-01T00:00:10.000000Z", )"
                     R"("nodeEligible": true})");
  input.loaded = false;
  const config::Node going = node(std::string(kToBeDeletedTaint));
  input.node = &going;
  CHECK(healthz(input).body ==
        R"({"lastUpdated": "1970-01-01T00:00:04.000000Z","currentTime": "1970-01-01T00:00:10.000000Z", )"
        R"("nodeEligible": false})");
  CHECK(livez(input).body ==
        R"({"lastUpdated": "1970-01-01T00:00:04.000000Z","currentTime": "1970-01-01T00:00:10.000000Z"})");
}

TEST_CASE("a health check node port answers for its Service") {
  const HttpResponse two = service_health({"shop", "web"}, 2, true);
  CHECK(two.status == 200);
  CHECK(two.body ==
        "{\n\t\"service\": {\n\t\t\"namespace\": \"shop\",\n\t\t\"name\": \"web\"\n\t},\n\t\"localEndpoints\": 2,\n"
        "\t\"serviceProxyHealthy\": true\n}");
  CHECK(two.headers ==
        decltype(two.headers){{"X-Content-Type-Options", "nosniff"}, {"X-Load-Balancing-Endpoint-Weight", "2"}});
  CHECK(service_health({"shop", "web"}, 0, true).status == 503);
  CHECK(service_health({"shop", "web"}, 2, false).status == 503);
}

}  // namespace
}  // namespace naru::daemon
