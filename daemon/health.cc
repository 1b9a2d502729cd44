#include "daemon/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

/// A healthy proxy's last update is now, whenever its last change was: a prober that looks at the age alone is right
/// too.
std::string times_text(const HealthInput& input) {
  const auto last = proxy_healthy(input) ? input.wall_now : input.last_updated;
  return fmt::format(R"("lastUpdated": "{}","currentTime": "{}")", rfc3339(last, 6), rfc3339(input.wall_now, 6));
}

HttpResponse response(bool good, std::string body) {
  return {good ? 200U : 503U, "application/json", std::move(body), {{"X-Content-Type-Options", "nosniff"}}};
}

std::string quoted(const std::string& text) {
  return json::serialize(json::string(text));
}

}  // namespace

bool proxy_healthy(const HealthInput& input) {
  return input.loaded && (!input.waiting_since || input.now - *input.waiting_since <= input.timeout);
}

bool node_eligible(const config::Node* node) {
  if (node == nullptr) return true;
  return !node->meta.deleting() && std::ranges::count(node->taints, kToBeDeletedTaint) == 0;
}

HttpResponse healthz(const HealthInput& input) {
  const bool eligible = node_eligible(input.node);
  return response(proxy_healthy(input) && eligible,
                  fmt::format(R"({{{}, "nodeEligible": {}}})", times_text(input), eligible));
}

HttpResponse livez(const HealthInput& input) {
  return response(proxy_healthy(input), fmt::format("{{{}}}", times_text(input)));
}

HttpResponse service_health(const config::ServiceName& service, std::size_t local_endpoints, bool healthy) {
  HttpResponse answer = response(
      local_endpoints > 0 && healthy,
      fmt::format("{{\n\t\"service\": {{\n\t\t\"namespace\": {},\n\t\t\"name\": {}\n\t}},\n\t\"localEndpoints\": {},\n"
                  "\t\"serviceProxyHealthy\": {}\n}}",
                  quoted(service.name_space), quoted(service.name), local_endpoints, healthy));
  answer.headers.emplace_back("X-Load-Balancing-Endpoint-Weight", std::to_string(local_endpoints));
  return answer;
}

}  // namespace naru::daemon
