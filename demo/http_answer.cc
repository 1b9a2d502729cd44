#include "demo/http_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "demo/grpc_answer.h"
#include "demo/query.h"

namespace naru::demo {
namespace {

namespace http = boost::beast::http;

constexpr std::uint64_t kLongestWait = 600'000;  // milliseconds
constexpr std::uint64_t kLargestBody = 1ULL << 30;

std::string_view target_of(const RequestHead& request) {
  return {request.target().data(), request.target().size()};
}

std::string_view id_of(const RequestHead& request) {
  for (const auto* name : {"X-Ledger-Id", "X-Request-Id"}) {
    const auto header = request[name];
    if (!header.empty()) return {header.data(), header.size()};
  }
  return parameter(target_of(request), "id");
}

std::string greeting(const Pod& pod, std::string_view address) {
  return fmt::format("pod {} version {} at {} request {}\n", pod.name, pod.version, address, pod.requests);
}

void set(Response& response, http::status status, std::string body) {
  response.result(status);
  response.body() = std::move(body);
}

void answer_slow(Answer& out, std::string_view target, std::string hello) {
  const auto wait = to_number(parameter(target, "ms"));
  if (!wait) return set(out.response, http::status::bad_request, "usage: /slow?ms=N\n");
  out.after = std::chrono::milliseconds(std::min(*wait, kLongestWait));
  set(out.response, http::status::ok, std::move(hello));
}

void answer_bytes(Answer& out, std::string_view target) {
  const auto size = to_number(parameter(target, "n"));
  if (!size || *size > kLargestBody) return set(out.response, http::status::bad_request, "usage: /bytes?n=N\n");
  set(out.response, http::status::ok, std::string(*size, 'x'));
}

void echo(Answer& out, const Request& request) {
  set(out.response, http::status::ok, request.body());
  out.response.set(http::field::content_type, request[http::field::content_type]);
}

void route(Answer& out, const Pod& pod, const Request& request, std::string_view address, bool healthy) {
  const auto target = target_of(request);
  const auto path = path_of(target);
  out.response.set(http::field::content_type, "text/plain");
  if (request.method() == http::verb::post || request.method() == http::verb::put) return echo(out, request);
  if (path == "/slow") return answer_slow(out, target, greeting(pod, address));
  if (path == "/bytes") return answer_bytes(out, target);
  if (path == "/healthz" && !healthy) return set(out.response, http::status::service_unavailable, "draining\n");
  if (path == "/healthz") return set(out.response, http::status::ok, "ok\n");
  if (path == "/") return set(out.response, http::status::ok, greeting(pod, address));
  set(out.response, http::status::not_found, "no such page\n");
}

}  // namespace

Answer answer(Pod& pod, const Request& request, std::string_view address, bool draining) {
  ++pod.requests;
  const bool healthy = pod.ready && !draining;
  Answer out{Response(http::status::ok, request.version()), {}, {}, 0, {}};
  out.response.set("X-Pod", pod.name);
  out.response.set("X-Version", pod.version);
  if (const auto id = id_of(request); !id.empty()) out.response.set("X-Ledger-Id", id);
  if (is_grpc(request)) {
    answer_grpc(out, request, healthy);
  } else {
    route(out, pod, request, address, healthy);
  }
  out.after += pod.faults.options().delay;
  out.response.keep_alive(request.keep_alive() && !draining);
  out.response.prepare_payload();
  if (request.method() == http::verb::head) out.response.body().clear();  // its length stays
  return out;
}

void enter(const Pod& pod, Ledger::Event event, const RequestHead& request) {
  const auto method = request.method_string();
  pod.ledger.record(pod.name, event, {method.data(), method.size()}, target_of(request), id_of(request));
}

}  // namespace naru::demo
