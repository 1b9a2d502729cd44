#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/duration.h"
#include "config/load_dns_configuration.h"
#include "config/load_meta.h"
#include "config/names.h"
#include "config/value.h"

namespace naru::config {
namespace {

using std::chrono::milliseconds;

constexpr Port kDnsPort(53);
constexpr std::int64_t kMostConcurrent = 4096;  // each takes some 75 KB while it waits
constexpr std::int64_t kLargestCache = std::int64_t{64} << 30;

/// "16Mi", "1000", 0. Nothing: no number of bytes.
std::optional<std::int64_t> parse_bytes(std::string_view text) {
  struct Unit {
    std::string_view name;
    int shift;
  };
  int shift = 0;
  for (const Unit unit : {Unit{"Ki", 10}, Unit{"Mi", 20}, Unit{"Gi", 30}}) {
    if (text.ends_with(unit.name)) shift = unit.shift;
  }
  if (shift != 0) text.remove_suffix(2);
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  std::int64_t number = 0;
  for (const char digit : text) number = number * 10 + (digit - '0');
  return number > (kLargestCache >> shift) ? std::nullopt : std::optional(number << shift);
}

void load_size(const Field& field, std::int64_t& size) {
  if (!field) return;
  const Value& given = *field.value();
  if (given.type != Value::Type::scalar) return static_cast<void>(field.text());  // which says what it is
  const auto bytes = parse_bytes(given.text);
  if (!bytes) return field.fail(fmt::format("{}: must be bytes up to 64Gi, as in 16Mi", quote(given.text)));
  size = *bytes;
}

void load_max_concurrent(const Field& field, std::int64_t& count) {
  const auto given = field.integer();
  if (!given) return;
  if (*given < 1 || *given > kMostConcurrent) {
    return field.fail(fmt::format("{} is outside 1..{}", *given, kMostConcurrent));
  }
  count = *given;
}

std::optional<std::string> bad_stub_zone(std::string_view name, std::string_view cluster_domain,
                                         const std::vector<StubZone>& others) {
  if (auto reason = bad_dns_subdomain(name)) return fmt::format("{}: {}", quote(name), *reason);
  if (is_at_or_below(name, cluster_domain)) {
    return fmt::format("{}: is within clusterDomain {}, which naru answers for itself", quote(name), cluster_domain);
  }
  const bool again = std::ranges::any_of(others, [&](const StubZone& other) { return other.name == name; });
  return again ? std::optional(fmt::format("Duplicate value: {}", quote(name))) : std::nullopt;
}

void load_stub_zones(const Field& field, std::string_view cluster_domain, std::vector<StubZone>& zones) {
  field.each_entry([&](const Value::Key& key, const Field& addresses) {
    std::string name = to_lower(key.name);
    if (name.ends_with('.')) name.pop_back();
    if (auto reason = bad_stub_zone(name, cluster_domain, zones)) return addresses.fail(*reason);
    if (addresses.none_listed()) return addresses.fail_required();
    zones.push_back({std::move(name), load_socket_addresses(addresses, kDnsPort)});
  });
}

}  // namespace

void load_length(const Field& field, milliseconds least, milliseconds& length) {
  const auto given = nonempty(field);
  if (!given) return;
  const auto parsed = parse_duration(*given);
  if (!parsed) return field.fail(fmt::format("{}: must be a length of time, as in 30s or 1m30s", quote(*given)));
  if (*parsed < least) return field.fail(fmt::format("{}: must be at least {}ms", quote(*given), least.count()));
  length = *parsed;
}

bool is_at_or_below(std::string_view name, std::string_view domain) {
  return name == domain || (name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.');
}

void load_dns_forwarding(const Field& dns, std::string_view cluster_domain, DnsConfiguration& to) {
  DnsForwarding& forward = to.forward;
  to.upstreams = load_socket_addresses(dns["upstreams"], kDnsPort);
  load_stub_zones(dns["stubZones"], cluster_domain, forward.stub_zones);
  const Field policy = dns["policy"];
  forward.policy = policy
                       .one_of<UpstreamPolicy>({{"random", UpstreamPolicy::random},
                                                {"round_robin", UpstreamPolicy::round_robin},
                                                {"sequential", UpstreamPolicy::sequential}})
                       .value_or(forward.policy);
  load_max_concurrent(dns["maxConcurrent"], forward.max_concurrent);
  load_length(dns["timeout"], milliseconds(1), forward.timeout);
  const Field attempt = dns["attemptTimeout"];
  load_length(attempt, milliseconds(1), forward.attempt_timeout);
  load_length(dns["hedge"], milliseconds(0), forward.hedge_after);
  load_length(dns["healthCheck"], milliseconds(10), forward.health_check);
  if (!attempt) forward.attempt_timeout = std::min(forward.attempt_timeout, forward.timeout);
  if (forward.attempt_timeout > forward.timeout) attempt.fail("must not be longer than dns.timeout");
}

void load_dns_cache(const Field& field, DnsCache& cache) {
  constexpr std::array<std::string_view, 4> kCacheFields = {"size", "success", "denial", "serveStale"};
  if (!field.map(kCacheFields)) return;
  load_size(field["size"], cache.size);
  load_length(field["success"], milliseconds(0), cache.success);
  load_length(field["denial"], milliseconds(0), cache.denial);
  load_length(field["serveStale"], milliseconds(0), cache.serve_stale);
}

}  // namespace naru::config
