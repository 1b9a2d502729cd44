#include "proxy/http_state.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

using namespace naru;
using namespace naru::proxy;
using namespace std::chrono_literals;

namespace {

RequestRecord answered(int status, http::Version version = http::Version::http11) {
  RequestRecord record;
  record.status = status;
  record.client_version = version;
  record.duration = 3ms;
  return record;
}

std::int64_t requests(const HttpPortState& state, http::Version version, CodeClass code) {
  return state.durations[static_cast<std::size_t>(version)][static_cast<std::size_t>(code)].count();
}

}  // namespace

TEST_CASE("a status belongs to the class of its first digit") {
  struct Row {
    const char* sentence;
    int status;
    CodeClass code;
  };
  const Row row = GENERATE(
      Row{"no response was begun", 0, CodeClass::none}, Row{"no status", 99, CodeClass::none},
      Row{"a tunnel", 101, CodeClass::informational}, Row{"the first success", 200, CodeClass::success},
      Row{"the last success", 299, CodeClass::success}, Row{"not modified", 304, CodeClass::redirection},
      Row{"not found", 404, CodeClass::client_error}, Row{"unavailable", 503, CodeClass::server_error},
      Row{"one past the registered", 600, CodeClass::server_error}, Row{"the largest", 999, CodeClass::server_error});
  INFO(row.sentence);
  CHECK(to_string(code_class(row.status)) == to_string(row.code));
}

TEST_CASE("a duration falls into the first bucket that is as long") {
  struct Row {
    const char* sentence;
    Duration duration;
    std::size_t bucket;
  };
  const Row row = GENERATE(Row{"nothing", 0ns, 0}, Row{"the first bound", 500us, 0}, Row{"one past it", 500'001ns, 1},
                           Row{"the last bound", 10s, 13}, Row{"one past it", 10s + 1ns, 14}, Row{"a day", 24h, 14});
  INFO(row.sentence);
  DurationHistogram histogram;
  histogram.add(row.duration);
  CHECK(histogram.in_bucket(row.bucket) == 1);
  CHECK(histogram.count() == 1);
  CHECK(histogram.sum() == row.duration);
}

TEST_CASE("requests are counted by the client's version and the class of the status, for their endpoint too") {
  HttpPortState state;
  lb::EndpointState endpoint;
  state.record(answered(200), &endpoint);
  state.record(answered(204), &endpoint);
  state.record(answered(503, http::Version::http2), nullptr);
  CHECK(requests(state, http::Version::http11, CodeClass::success) == 2);
  CHECK(requests(state, http::Version::http2, CodeClass::server_error) == 1);
  CHECK(requests(state, http::Version::http10, CodeClass::success) == 0);
  CHECK(endpoint.responses[2].value() == 2);
  CHECK(endpoint.responses[5].value() == 0);
}

TEST_CASE("what a record says beside its status is counted") {
  HttpPortState state;
  RequestRecord record = answered(503);
  record.reason = http::Reason::no_endpoint;
  record.client_gone = true;
  record.broken_off = true;
  record.bytes_received = 10;
  record.bytes_sent = 20;
  state.record(record, nullptr);
  state.record(answered(200), nullptr);
  CHECK(state.local_answers.value(http::Reason::no_endpoint) == 1);
  CHECK(state.local_answers.value(http::Reason::none) == 0);
  CHECK(state.clients_gone.value() == 1);
  CHECK(state.broken_off.value() == 1);
  CHECK(state.bytes_received.value() == 10);
  CHECK(state.bytes_sent.value() == 20);
}

TEST_CASE("gRPC's statuses are counted; those that it does not know are unknown") {
  HttpPortState state;
  for (const int status : {0, 16, 17, -1}) {
    RequestRecord record = answered(200, http::Version::http2);
    record.grpc_status = status;
    state.record(record, nullptr);
  }
  CHECK(state.grpc_statuses[0].value() == 1);
  CHECK(state.grpc_statuses[16].value() == 1);
  CHECK(state.grpc_statuses[2].value() == 2);
}

TEST_CASE("counters of an enumeration are visited where they have counted") {
  CounterPer<http::Reason, http::Reason::source_denied> counters;
  counters.add(http::Reason::no_endpoint);
  counters.add(http::Reason::source_denied);
  counters.add(http::Reason::source_denied);
  std::map<http::Reason, std::int64_t> seen;
  counters.for_each([&](http::Reason reason, std::int64_t count) { seen[reason] = count; });
  CHECK(seen == std::map<http::Reason, std::int64_t>{{http::Reason::no_endpoint, 1}, {http::Reason::source_denied, 2}});
}

TEST_CASE("there is a counter for every reason, and every drain has a name of its own") {
  CHECK(CounterPer<http::Reason, http::Reason::source_denied>::kSize == http::kReasons);
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(DrainReason::drain_timeout); ++i) {
    names.insert(to_string(static_cast<DrainReason>(i)));
  }
  CHECK(names.size() == 6);
  CHECK(names.count("?") == 0);
}
