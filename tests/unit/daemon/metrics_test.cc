#include "daemon/metrics.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "fake_view.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

/// The page, taken apart: HELP and TYPE by name, samples by name with labels.
struct Page {
  std::map<std::string, std::string> help;
  std::map<std::string, std::string> type;
  std::map<std::string, double> samples;

  explicit Page(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) take(line);
  }

 private:
  void take(const std::string& line) {
    const bool comment = line.starts_with("# ");
    const std::size_t name_begin = comment ? 7 : 0;  // past "# HELP " or "# TYPE "
    // A label's value may hold spaces: a sample's name ends with its labels.
    const std::size_t name_end = comment ? line.find(' ', name_begin) : line.rfind(' ');
    REQUIRE(name_end != std::string::npos);
    const std::string name = line.substr(name_begin, name_end - name_begin);
    const std::string rest = line.substr(name_end + 1);
    if (line.starts_with("# HELP ")) {
      help[name] = rest;
    } else if (line.starts_with("# TYPE ")) {
      CHECK(type.count(name) == 0);  // each family once
      type[name] = rest;
    } else {
      CHECK(samples.count(name) == 0);
      samples[name] = std::stod(rest);
    }
  }
};

bool has_known_prefix(const std::string& name) {
  return std::ranges::any_of(std::array{"naru_", "kubeproxy_", "metallb_", "process_"},
                             [&](const char* prefix) { return name.starts_with(prefix); });
}

bool is_snake_case(const std::string& name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos && name.back() != '_';
}

/// Units that are not base units, and suffixes that belong to the parts of a histogram.
bool has_bad_word(const std::string& name) {
  return std::ranges::any_of(
      std::array{"_ms_", "_milliseconds_", "_nanoseconds_", "_kilobytes_", "_minutes_", "_count_", "_sum_", "_bucket_"},
      [padded = name + "_"](const char* word) { return padded.find(word) != std::string::npos; });
}

std::shared_ptr<proxy::ServicePort> service_port(const std::string& port_name) {
  auto made = std::make_shared<proxy::ServicePort>();
  made->service = {"shop", "web"};
  made->port_name = port_name;
  made->port = Port(80);
  made->state = std::make_shared<proxy::ServicePortState>();
  return made;
}

proxy::RequestRecord request(int status, http::Reason reason = http::Reason::none) {
  proxy::RequestRecord record;
  record.status = status;
  record.reason = reason;
  record.duration = 3ms;
  record.bytes_sent = 7;
  return record;
}

/// A Service port whose requests met with everything.
std::shared_ptr<proxy::ServicePort> http_port() {
  auto made = service_port("web");
  made->settings.http.protocol = proxy::ApplicationProtocol::http;
  made->settings.active_health = config::ActiveHealth{};
  made->state->http = std::make_unique<proxy::HttpPortState>();
  const auto endpoint = std::make_shared<lb::EndpointState>();
  made->endpoints = {{at("127.1.0.1:8080"), "web-1", "w1", true, true, true, false, endpoint}};
  proxy::HttpPortState& state = *made->state->http;
  state.record(request(200), endpoint.get());
  state.record(request(204), endpoint.get());
  state.record(request(503, http::Reason::no_endpoint), nullptr);
  proxy::RequestRecord grpc = request(200);
  grpc.grpc_status = 14;
  grpc.client_version = http::Version::http2;
  state.record(grpc, endpoint.get());
  state.retries.add(http::AttemptFailure::reset);
  state.refused_retries.add(http::RetryVerdict::not_idempotent);
  state.h1_faults.add(http::H1Fault::bare_line_feed);
  state.h2_faults.add(http::H2Fault::too_many_resets);
  state.drains.add(proxy::DrainReason::endpoint_gone);
  made->state->probes.add(lb::ProbeResult::timed_out);
  endpoint->set_probe_failed(true);
  return made;
}

/// A view in which everything that has a metric has happened.
struct Busy {
  FakeView view = shop();
  dns::Metrics dns;

  Busy() {
    const auto port = service_port("http");
    for (SharedCounter& outcome : port->state->outcomes) outcome.add(3);
    port->state->active.add(2);
    port->state->bytes_sent.add(1000);
    port->state->replays.add(4);
    view.ports = {port, service_port("idle"), http_port()};
    dns.request(dns::Transport::udp, Family::ipv4, dns::Type::a);
    dns.response(dns::Rcode::nx_domain);
    dns.drop(dns::DropReason::runt);
    dns.forward(dns::ForwardResult::timeout);
    dns.cut(dns::CutReason::idle);
    dns.duration.add(60'000);
    dns.duration.add(20'000'000'000);
    view.dns = {&dns, &dns};
    view.status_view.no_local_external = 2;
    view.report = announcing_report();
  }
};

TEST_CASE("every metric has a known prefix, help text, a base unit and the right suffix") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  // Gauges that end in _total, counters that do not, and durations without a unit of their own: the names are
  // kube-proxy's and MetalLB's.
  const std::set<std::string> inherited = {"kubeproxy_sync_proxy_rules_no_local_endpoints_total",
                                           "metallb_allocator_addresses_total",
                                           "metallb_allocator_addresses_in_use_total",
                                           "metallb_allocator_services_allocated_total",
                                           "metallb_layer2_requests_received",
                                           "metallb_layer2_responses_sent",
                                           "metallb_layer2_gratuitous_sent",
                                           "metallb_bgp_announced_prefixes_total",
                                           "metallb_bgp_pending_prefixes_total"};
  CHECK(page.type.size() > 40);
  for (const auto& [name, type] : page.type) {
    INFO(name);
    CHECK(has_known_prefix(name));
    CHECK(is_snake_case(name));
    REQUIRE(page.help.count(name) == 1);
    CHECK(page.help.at(name).size() > 10);
    CHECK(page.help.at(name).back() == '.');
    if (inherited.count(name) == 0) CHECK((type == "counter") == name.ends_with("_total"));
    if (type == "histogram") CHECK((name.ends_with("_seconds") || name.ends_with("_bytes")));
    CHECK_FALSE(has_bad_word(name));
  }
}

TEST_CASE("every metric of naru's is in the table of docs/operations.md") {
  std::ifstream file(NARU_SOURCE_DIR "/docs/operations.md");
  std::set<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream names(line.substr(0, line.find('|', 1)));
    for (std::string name; std::getline(names, name, '`');) documented.insert(name);
  }
  const Busy busy;
  for (const auto& [name, type] : Page(Metrics(busy.view).page()).type) {
    INFO(name);
    if (name.starts_with("naru_")) CHECK(documented.count(name) == 1);
  }
}

TEST_CASE("kube-proxy's names are there from the start") {
  const FakeView view;
  const Page page(Metrics(view).page());
  for (const char* name :
       {"kubeproxy_sync_proxy_rules_duration_seconds", "kubeproxy_network_programming_duration_seconds",
        "kubeproxy_sync_proxy_rules_last_timestamp_seconds", "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
        "kubeproxy_sync_proxy_rules_endpoint_changes_pending", "kubeproxy_sync_proxy_rules_endpoint_changes_total",
        "kubeproxy_sync_proxy_rules_service_changes_pending", "kubeproxy_sync_proxy_rules_service_changes_total",
        "kubeproxy_sync_proxy_rules_no_local_endpoints_total", "kubeproxy_proxy_healthz_total",
        "kubeproxy_proxy_livez_total"}) {
    INFO(name);
    CHECK(page.type.count(name) == 1);
  }
  CHECK(page.samples.at("kubeproxy_proxy_healthz_total{code=\"503\"}") == 0);
}

TEST_CASE("buckets are kube-proxy's") {
  const FakeView view;
  const Page page(Metrics(view).page());
  std::map<std::string, int> buckets;
  for (const auto& [name, value] : page.samples) ++buckets[name.substr(0, name.find("_bucket"))];
  CHECK(buckets["kubeproxy_sync_proxy_rules_duration_seconds"] == 15 + 1);
  CHECK(buckets["kubeproxy_network_programming_duration_seconds"] == 2 + 59 + 12 + 7 + 1);
  for (const char* bound : {"0.001", "0.002", "16.384", "+Inf"}) {
    CHECK(page.samples.count(std::string("kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"") + bound + "\"}") ==
          1);
  }
  for (const char* bound : {"0.25", "59", "60", "115", "120", "300"}) {
    CHECK(page.samples.count(std::string("kubeproxy_network_programming_duration_seconds_bucket{le=\"") + bound +
                             "\"}") == 1);
  }
}

TEST_CASE("a change is pending until it is in force") {
  const FakeView view;
  Metrics metrics(view);
  metrics.changes_queued(2, 5, std::chrono::system_clock::time_point(100s));
  const Page before(metrics.page());
  CHECK(before.samples.at("kubeproxy_sync_proxy_rules_service_changes_pending") == 2);
  CHECK(before.samples.at("kubeproxy_sync_proxy_rules_endpoint_changes_pending") == 5);
  CHECK(before.samples.at("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds") == 100);
  metrics.changes_in_force(3ms, std::chrono::system_clock::time_point(101s));
  metrics.observe_network_programming(2s);
  const Page after(metrics.page());
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_service_changes_pending") == 0);
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_service_changes_total") == 2);
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_endpoint_changes_total") == 5);
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"0.002\"}") == 0);
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"0.004\"}") == 1);
  CHECK(after.samples.at("kubeproxy_network_programming_duration_seconds_sum") == 2);
  CHECK(after.samples.at("kubeproxy_sync_proxy_rules_last_timestamp_seconds") == 101);
}

TEST_CASE("answers of health endpoints and loads are counted") {
  const FakeView view;
  Metrics metrics(view);
  metrics.healthz_answered(200);
  metrics.healthz_answered(503);
  metrics.livez_answered(503);
  metrics.config_loaded(false, {});
  const Page bad(metrics.page());
  CHECK(bad.samples.at("kubeproxy_proxy_healthz_total{code=\"200\"}") == 1);
  CHECK(bad.samples.at("kubeproxy_proxy_healthz_total{code=\"503\"}") == 1);
  CHECK(bad.samples.at("kubeproxy_proxy_livez_total{code=\"503\"}") == 1);
  CHECK(bad.samples.at("naru_config_last_load_success") == 0);
  metrics.config_loaded(true, {});
  CHECK(Page(metrics.page()).samples.at("naru_config_last_load_success") == 1);
}

TEST_CASE("Service ports with traffic have their series, idle ones none") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  const std::string labels = R"({namespace="shop",service="web",port="http",ip_family="IPv4")";
  CHECK(page.samples.at("naru_connections_total" + labels + ",outcome=\"closed\"}") == 3);
  CHECK(page.samples.at("naru_connections_active" + labels + "}") == 2);
  CHECK(page.samples.at("naru_sent_bytes_total" + labels + "}") == 1000);
  CHECK(page.samples.at("naru_replays_total" + labels + "}") == 4);
  for (const auto& [name, value] : page.samples) CHECK(name.find("port=\"idle\"") == std::string::npos);
}

TEST_CASE("requests have their series, by protocol and class, with a histogram of their durations") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  const std::string port = R"({namespace="shop",service="web",port="web",ip_family="IPv4")";
  const std::string good = port + R"(,protocol="HTTP/1.1",code="2xx")";
  CHECK(page.samples.at("naru_http_requests_total" + good + "}") == 2);
  CHECK(page.samples.at("naru_http_requests_total" + port + R"(,protocol="HTTP/1.1",code="5xx"})") == 1);
  CHECK(page.samples.at("naru_http_requests_total" + port + R"(,protocol="HTTP/2",code="2xx"})") == 1);
  CHECK(page.samples.at("naru_http_request_duration_seconds_bucket" + good + ",le=\"0.0025\"}") == 0);
  CHECK(page.samples.at("naru_http_request_duration_seconds_bucket" + good + ",le=\"0.005\"}") == 2);
  CHECK(page.samples.at("naru_http_request_duration_seconds_bucket" + good + ",le=\"+Inf\"}") == 2);
  CHECK(page.samples.at("naru_http_request_duration_seconds_sum" + good + "}") == Approx(0.006));
  CHECK(page.samples.at("naru_http_sent_bytes_total" + port + "}") == 28);
  CHECK(page.samples.at("naru_http_requests_active" + port + "}") == 0);
  for (const auto& [name, value] : page.samples) {
    if (name.starts_with("naru_http_")) CHECK(name.find("port=\"http\"") == std::string::npos);
  }
}

TEST_CASE("what happens to requests is counted by why") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  const std::string port = R"({namespace="shop",service="web",port="web",ip_family="IPv4")";
  for (const auto& [name, label] :
       std::map<std::string, std::string>{{"naru_http_retries_total", R"(failure="reset")"},
                                          {"naru_http_retries_refused_total", R"(verdict="not_idempotent")"},
                                          {"naru_http_local_answers_total", R"(reason="no_endpoint")"},
                                          {"naru_http_grpc_responses_total", R"(grpc_status="14")"},
                                          {"naru_http_drains_total", R"(reason="endpoint_gone")"},
                                          {"naru_health_probes_total", R"(result="timed_out")"}}) {
    INFO(name);
    CHECK(page.samples.at(name + port + "," + label + "}") == 1);
  }
  CHECK(page.samples.at("naru_http_client_faults_total" + port + R"(,protocol="HTTP/1",fault="bare_line_feed"})") == 1);
  CHECK(page.samples.at("naru_http_client_faults_total" + port + R"(,protocol="HTTP/2",fault="too_many_resets"})") ==
        1);
  CHECK(page.samples.at("naru_http_retry_budget_left" + port + "}") == 100);
  CHECK(page.samples.at("naru_health_endpoints_failing" + port + "}") == 1);
}

TEST_CASE("endpoints have series of their own only where they are few") {
  const std::string sample =
      "naru_http_endpoint_responses_total{namespace=\"shop\",service=\"web\",port=\"web\","
      "ip_family=\"IPv4\",endpoint=\"127.1.0.1:8080\",code=\"2xx\"}";
  FakeView view;
  const auto port = http_port();
  view.ports = {port};
  CHECK(Page(Metrics(view).page()).samples.at(sample) == 3);
  const lb::Endpoint one = port->endpoints[0];
  port->endpoints.resize(100, one);
  for (std::size_t i = 1; i < 100; ++i) port->endpoints[i].state = std::make_shared<lb::EndpointState>();
  CHECK(Page(Metrics(view).page()).samples.count(sample) == 1);
  port->endpoints.push_back(one);
  CHECK(Page(Metrics(view).page()).samples.count(sample) == 0);
}

TEST_CASE("pools are counted under MetalLB's names") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  CHECK(page.samples.at("metallb_allocator_addresses_total{pool=\"edge\"}") == 9);
  CHECK(page.samples.at("metallb_allocator_addresses_in_use_total{pool=\"edge\"}") == 1);
  CHECK(page.samples.at("metallb_allocator_services_allocated_total{pool=\"edge\"}") == 1);
  CHECK(page.samples.at("metallb_k8s_client_config_loaded_bool") == 1);
}

TEST_CASE("DNS counters are summed over workers, and durations are in seconds") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  CHECK(page.samples.at(R"(naru_dns_requests_total{proto="udp",family="1",type="A"})") == 2);
  CHECK(page.samples.at(R"(naru_dns_responses_total{rcode="NXDOMAIN"})") == 2);
  CHECK(page.samples.at(R"(naru_dns_request_duration_seconds_bucket{le="5e-05"})") == 0);
  CHECK(page.samples.at(R"(naru_dns_request_duration_seconds_bucket{le="0.0001"})") == 2);
  CHECK(page.samples.at(R"(naru_dns_request_duration_seconds_bucket{le="+Inf"})") == 4);
  CHECK(page.samples.at("naru_dns_request_duration_seconds_count") == 4);
}

TEST_CASE("the state in force and the process are there") {
  const Busy busy;
  const Page page(Metrics(busy.view).page());
  CHECK(page.samples.at("naru_build_info{version=\"" NARU_VERSION "\"}") == 1);
  CHECK(page.samples.at("naru_snapshot_generation") == 7);
  CHECK(page.samples.at("naru_listeners{state=\"open\"}") == 1);
  CHECK(page.samples.at("naru_listeners{state=\"failed\"}") == 1);
  CHECK(page.samples.at("naru_config_errors") == 0);
  CHECK(page.samples.at("kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy=\"external\"}") == 2);
  CHECK(page.samples.at("process_open_fds") >= 3);
  CHECK(page.samples.at("process_resident_memory_bytes") > 1'000'000);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(page.samples.at("process_start_time_seconds") == Approx(now).margin(3600));
}

TEST_CASE("a configuration of load balancer addresses is stale where a mistake keeps one from being in force") {
  struct Row {
    const char* says;
    config::Issue issue;
    int stale;
  };
  const config::Location where{std::make_shared<const std::string>("web.yaml"), 3};
  const Row rows[] = {
      {"a pool", {where, "IPAddressPool metallb-system/a", "spec.addresses[0]", "bad"}, 1},
      {"a peer", {where, "BGPPeer metallb-system/a", "spec.myASN", "bad"}, 1},
      {"a file that cannot be read as YAML", {where, "", "", "bad"}, 1},
      {"a Service", {where, "Service shop/web", "spec.ports", "bad"}, 0},
      {"what is of no file", {{}, "", "stateDir", "bad"}, 0},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    FakeView view = shop();
    view.status_view.errors = {row.issue};
    CHECK(Page(Metrics(view).page()).samples.at("metallb_k8s_client_config_stale_bool") == row.stale);
  }
}

}  // namespace
}  // namespace naru::daemon
