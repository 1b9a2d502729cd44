#include "demo/http_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace naru::demo {
namespace {

namespace http = boost::beast::http;

constexpr std::uint64_t kLongestWait = 600'000;  // milliseconds
constexpr std::uint64_t kLargestBody = 1ULL << 30;

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

/// The number N of `?key=N` in the target.
std::optional<std::uint64_t> number(std::string_view target, std::string_view key) {
  const auto query = target.find(fmt::format("?{}=", key));
  if (query == std::string_view::npos) return std::nullopt;
  const auto digits = target.substr(query + key.size() + 2);
  std::uint64_t value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string greeting(const Pod& pod, std::string_view address) {
  return fmt::format("pod {} version {} at {} request {}\n", pod.name, pod.version, address, pod.requests);
}

void set(Response& response, http::status status, std::string body) {
  response.result(status);
  response.body() = std::move(body);
}

void answer_slow(Answer& out, std::string_view target, std::string hello) {
  const auto wait = number(target, "ms");
  if (!wait) return set(out.response, http::status::bad_request, "usage: /slow?ms=N\n");
  out.after = std::chrono::milliseconds(std::min(*wait, kLongestWait));
  set(out.response, http::status::ok, std::move(hello));
}

void answer_bytes(Answer& out, std::string_view target) {
  const auto size = number(target, "n");
  if (!size || *size > kLargestBody) return set(out.response, http::status::bad_request, "usage: /bytes?n=N\n");
  set(out.response, http::status::ok, std::string(*size, 'x'));
}

void answer_post(Answer& out, const Request& request) {
  set(out.response, http::status::ok, request.body());
  out.response.set(http::field::content_type, request[http::field::content_type]);
}

void route(Answer& out, const Pod& pod, const Request& request, std::string_view address, bool draining) {
  const std::string_view target(request.target().data(), request.target().size());
  const auto path = path_of(target);
  out.response.set(http::field::content_type, "text/plain");
  if (request.method() == http::verb::post) return answer_post(out, request);
  if (path == "/slow") return answer_slow(out, target, greeting(pod, address));
  if (path == "/bytes") return answer_bytes(out, target);
  if (path == "/healthz" && draining) return set(out.response, http::status::service_unavailable, "draining\n");
  if (path == "/healthz") return set(out.response, http::status::ok, "ok\n");
  if (path == "/") return set(out.response, http::status::ok, greeting(pod, address));
  set(out.response, http::status::not_found, "no such page\n");
}

}  // namespace

Answer answer(Pod& pod, const Request& request, std::string_view address, bool draining) {
  ++pod.requests;
  pod.ledger.record(pod.name, request.method_string(), request.target(), request["X-Request-Id"]);
  Answer out{Response(http::status::ok, request.version()), {}};
  out.response.set("X-Pod", pod.name);
  out.response.set("X-Version", pod.version);
  route(out, pod, request, address, draining);
  out.response.keep_alive(request.keep_alive() && !draining);
  out.response.prepare_payload();
  if (request.method() == http::verb::head) out.response.body().clear();  // its length stays
  return out;
}

}  // namespace naru::demo
