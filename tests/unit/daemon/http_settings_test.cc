#include "daemon/http_settings.h"

#include <catch2/catch.hpp>

#include "daemon/compile.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;
using config::PolicyProtocol;
using proxy::ApplicationProtocol;

config::ServicePort port_of(const std::string& app_protocol, Protocol transport = Protocol::tcp) {
  config::ServicePort port;
  port.protocol = transport;
  port.app_protocol = app_protocol;
  return port;
}

TEST_CASE("appProtocol says what a port speaks") {
  struct Row {
    const char* app_protocol;
    ApplicationProtocol protocol;
  };
  const Row row =
      GENERATE(Row{"", ApplicationProtocol::tcp}, Row{"http", ApplicationProtocol::http},
               Row{"kubernetes.io/ws", ApplicationProtocol::http}, Row{"http2", ApplicationProtocol::http2},
               Row{"grpc", ApplicationProtocol::http2}, Row{"kubernetes.io/h2c", ApplicationProtocol::http2},
               Row{"https", ApplicationProtocol::tcp}, Row{"kubernetes.io/wss", ApplicationProtocol::tcp},
               Row{"tcp", ApplicationProtocol::tcp}, Row{"example.com/http", ApplicationProtocol::tcp},
               Row{"HTTP", ApplicationProtocol::tcp}, Row{"httpx", ApplicationProtocol::tcp});
  INFO(row.app_protocol);
  CHECK(application_protocol(port_of(row.app_protocol), std::nullopt) == row.protocol);
}

TEST_CASE("a policy's protocol goes before appProtocol, but for UDP") {
  CHECK(application_protocol(port_of("http"), PolicyProtocol::tcp) == ApplicationProtocol::tcp);
  CHECK(application_protocol(port_of(""), PolicyProtocol::http) == ApplicationProtocol::http);
  CHECK(application_protocol(port_of("http"), PolicyProtocol::http2) == ApplicationProtocol::http2);
  CHECK(application_protocol(port_of(""), PolicyProtocol::grpc) == ApplicationProtocol::http2);
  CHECK(application_protocol(port_of("https"), PolicyProtocol::detect) == ApplicationProtocol::detect);
  CHECK(application_protocol(port_of("http", Protocol::udp), std::nullopt) == ApplicationProtocol::tcp);
  CHECK(application_protocol(port_of("", Protocol::udp), PolicyProtocol::http) == ApplicationProtocol::tcp);
}

TEST_CASE("without a policy everything is as by default, but the protocol") {
  proxy::HttpSettings expected;
  CHECK(http_settings_of(port_of(""), nullptr) == expected);
  expected.protocol = ApplicationProtocol::http;
  CHECK(http_settings_of(port_of("http"), nullptr) == expected);
  CHECK(expected.limits.http2.header_list_bytes == expected.limits.header_bytes);
  CHECK(expected.limits.http2.header_fields == expected.limits.header_fields);
}

TEST_CASE("a policy that says nothing changes nothing") {
  const config::ServicePolicy policy;
  CHECK(http_settings_of(port_of("http"), &policy) == http_settings_of(port_of("http"), nullptr));
}

TEST_CASE("what a policy says of requests is taken over") {
  config::ServicePolicy policy;
  policy.max_attempts = 5;
  policy.requests.retry_on_gateway_status = true;
  policy.requests.retry_on_grpc_unavailable = true;
  policy.requests.replay_bytes = 0;
  policy.requests.budget_percent = 50;
  policy.requests.budget_per_second = 1;
  policy.requests.request_timeout = 30s;
  policy.requests.per_try_timeout = 5s;
  policy.requests.request_head_timeout = 1s;
  policy.requests.client_idle_timeout = 2s;
  policy.requests.client_stall_timeout = 4s;
  policy.requests.upstream_idle_timeout = 6s;
  policy.requests.hold = 7s;
  policy.requests.gateway_failures = 0;
  const auto settings = http_settings_of(port_of("http"), &policy);
  CHECK(settings.retries == http::RetryRules{5, true, true, 0});
  CHECK(settings.retry_budget == http::RetryBudgetRules{50, 1});
  CHECK(settings.timeouts == proxy::HttpTimeouts{30s, 5s, 1s, 2s, 4s, 6s});
  CHECK(settings.hold == Duration(7s));
  CHECK(settings.consecutive_gateway_failures == 0);
}

TEST_CASE("what a policy says of headers and limits is taken over") {
  config::ServicePolicy policy;
  policy.headers.x_forwarded = false;
  policy.headers.forwarded = true;
  policy.headers.via = true;
  policy.headers.request_id = false;
  policy.headers.trusted = {{Cidr::parse("10.0.0.0/8").value()}};
  policy.limits.header_bytes = 4096;
  policy.limits.header_fields = 10;
  policy.limits.concurrent_streams = 7;
  policy.limits.requests_per_connection = 1000;
  policy.limits.allow_connect = true;
  policy.limits.stream_window = 100'000;
  policy.limits.resets_burst = 3;
  const auto settings = http_settings_of(port_of("http"), &policy);
  CHECK_FALSE(settings.forwarding.x_forwarded);
  CHECK(settings.forwarding.forwarded);
  CHECK(settings.forwarding.via);
  CHECK_FALSE(settings.forwarding.request_id);
  CHECK(settings.forwarding.trusted == std::vector{Cidr::parse("10.0.0.0/8").value()});
  CHECK(settings.limits.header_bytes == 4096);
  CHECK(settings.limits.http2.header_list_bytes == 4096);
  CHECK(settings.limits.header_fields == 10);
  CHECK(settings.limits.http2.header_fields == 10);
  CHECK(settings.limits.http2.concurrent_streams == 7);
  CHECK(settings.limits.http2.stream_window == 100'000);
  CHECK(settings.limits.http2.resets_burst == 3);
  CHECK(settings.limits.http2.resets_per_second == 33);
  CHECK(settings.limits.requests_per_connection == 1000);
  CHECK(settings.allow_connect);
}

TEST_CASE("requests are balanced by load, unless the policy names an algorithm; connections at random") {
  const config::Service service;
  config::ServicePolicy policy;
  CHECK(settings_of(service, port_of(""), nullptr).algorithm == config::Algorithm::random);
  CHECK(settings_of(service, port_of("http"), nullptr).algorithm == config::Algorithm::least_connections);
  CHECK(settings_of(service, port_of("grpc"), &policy).algorithm == config::Algorithm::least_connections);
  policy.algorithm = config::Algorithm::round_robin;
  CHECK(settings_of(service, port_of("http"), &policy).algorithm == config::Algorithm::round_robin);
}

TEST_CASE("active probes are for TCP ports") {
  config::ServicePolicy policy;
  policy.active_health = config::ActiveHealth{};
  CHECK(settings_of({}, port_of(""), &policy).active_health == policy.active_health);
  CHECK_FALSE(settings_of({}, port_of("", Protocol::udp), &policy).active_health);
}

}  // namespace
}  // namespace naru::daemon
