#include "daemon/metrics_dns_forward.h"

#include <prometheus/text_serializer.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "daemon/dns_forward_setup.h"
#include "dns/loop_watch.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

dns::UpstreamMetrics& add_upstream(dns::Metrics& worker, const char* to) {
  // Never grows in naru: counters do not move.
  if (worker.forwarding.upstreams.empty()) worker.forwarding.upstreams = std::vector<dns::UpstreamMetrics>(2);
  auto& first = worker.forwarding.upstreams[0];
  dns::UpstreamMetrics& free = first.to == SocketAddress{} ? first : worker.forwarding.upstreams[1];
  free.to = *SocketAddress::parse(to);
  free.usable.set(1);
  return free;
}

TEST_CASE("forwarding and its cache are counted over all workers, per upstream and per type") {
  dns::Metrics one;
  dns::Metrics two;
  for (dns::Metrics* worker : {&one, &two}) {
    dns::UpstreamMetrics& upstream = add_upstream(*worker, "192.0.2.53:53");
    upstream.requests.add(3);
    upstream.responses[2].add();
    add_upstream(*worker, "[2001:db8::53]:53").requests.add();
    worker->forwarding.cache_hits[0].add(4);
    worker->forwarding.cache_hits[2].add(1);
    worker->forwarding.cache_misses.add(2);
    worker->forwarding.cache_entries[1].set(5);
    worker->forwarding.cache_bytes.set(700);
  }
  two.forwarding.upstreams[0].usable.set(0);
  two.forwarding.upstreams[0].loops.set(1);
  const dns::Metrics* const workers[] = {&one, &two};
  Families families;
  collect_dns_forwarding(workers, families);
  const std::string page = prometheus::TextSerializer().Serialize(families);
  for (const char* line :
       {R"(naru_dns_forward_requests_total{to="192.0.2.53:53"} 6)",
        R"(naru_dns_forward_requests_total{to="[2001:db8::53]:53"} 2)",
        R"(naru_dns_forward_responses_total{to="192.0.2.53:53",rcode="SERVFAIL"} 2)",
        R"(naru_dns_forward_workers_avoiding{to="192.0.2.53:53"} 1)",
        R"(naru_dns_forward_workers_avoiding{to="[2001:db8::53]:53"} 0)",
        R"(naru_dns_forward_loops{to="192.0.2.53:53"} 1)", R"(naru_dns_cache_hits_total{type="success"} 8)",
        R"(naru_dns_cache_hits_total{type="failure"} 2)", "naru_dns_cache_requests_total 14",
        "naru_dns_cache_misses_total 4", R"(naru_dns_cache_entries{type="denial"} 10)",
        "naru_dns_cache_size_bytes 1400"}) {
    INFO(page);
    CHECK_THAT(page, Catch::Contains(std::string(line) + "\n"));
  }
  Families none;
  collect_dns_forwarding({}, none);
  CHECK(none.empty());
}

TEST_CASE("what the configuration says of forwarding reaches the workers, the cache in equal parts") {
  config::Configuration configuration;
  configuration.dns.forward = {{{"corp.example", {*SocketAddress::parse("10.1.2.3:53")}}},
                               config::UpstreamPolicy::round_robin,
                               100,
                               3s,
                               1s,
                               0s,
                               2s};
  configuration.dns.cache = {4000, 10min, 1min, 6h};
  const auto options = forward_options(configuration, {*SocketAddress::parse("192.0.2.53:53")}, 4);
  CHECK(options.upstreams.size() == 1);
  REQUIRE(options.stub_zones.size() == 1);
  CHECK(options.stub_zones[0].apex.text() == "corp.example.");
  CHECK(options.policy == dns::UpstreamPolicy::round_robin);
  CHECK(options.max_in_flight == 100);
  CHECK(options.total_timeout == 3s);
  CHECK(options.attempt_timeout == 1s);
  CHECK(options.hedge_after == 0s);
  CHECK(options.health_check == 2s);
  CHECK(options.cache.size == 1000);
  CHECK(options.cache.max_success == 10min);
  CHECK(options.cache.max_denial == 1min);
  CHECK(options.cache.serve_stale == 6h);
  REQUIRE(options.loops);
  CHECK_FALSE(options.loops->loops(1));
}

}  // namespace
}  // namespace naru::daemon
