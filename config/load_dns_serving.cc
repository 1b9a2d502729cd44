#include <fmt/format.h>

#include "base/text.h"
#include "config/load_dns_configuration.h"
#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kLongestTtl = 3600;
constexpr std::int64_t kMostPerSecond = 1'000'000;

/// Left as it is where there is nothing, or nothing within the bounds (reported).
template <class Number>
void load_number(const Field& field, std::int64_t least, std::int64_t most, Number& number) {
  const auto given = field.integer();
  if (!given) return;
  if (*given < least || *given > most) return field.fail(fmt::format("{} is outside {}..{}", *given, least, most));
  number = static_cast<Number>(*given);
}

void load_host_name(const Field& field, std::string_view cluster_domain, StaticHost& host) {
  const auto given = nonempty(field);
  if (!given) return field.fail("may not be empty");
  std::string name = to_lower(*given);
  if (name.ends_with('.')) name.pop_back();
  if (auto reason = bad_dns_subdomain(name)) return field.fail(fmt::format("{}: {}", quote(*given), *reason));
  if (is_at_or_below(name, cluster_domain)) {
    return field.fail(fmt::format("{}: is within clusterDomain {}, whose names the cluster's objects give", quote(name),
                                  cluster_domain));
  }
  host.names.push_back(std::move(name));
}

void load_hosts(const Field& field, std::string_view cluster_domain, std::vector<StaticHost>& hosts) {
  constexpr std::array<std::string_view, 2> kHostFields = {"ip", "names"};
  field.each([&](const Field& element) {
    if (!element.map(kHostFields)) return;
    const Field address = element["ip"];
    const Field names = element["names"];
    if (!address) return address.fail_required();
    if (names.none_listed()) return names.fail_required();
    StaticHost host;
    names.each([&](const Field& name) { load_host_name(name, cluster_domain, host); });
    const auto ip = address.ip();
    if (!ip) return;
    host.ip = *ip;
    hosts.push_back(std::move(host));
  });
}

void load_query_log(const Field& field, DnsQueryLog& log) {
  constexpr std::array<std::string_view, 2> kLogFields = {"path", "sample"};
  if (!field.map(kLogFields)) return;
  log.path = field["path"].text_or("");
  load_number(field["sample"], 1, std::int64_t{1} << 40, log.sample);
}

void load_rate_limit(const Field& field, DnsRateLimit& limit) {
  constexpr std::array<std::string_view, 3> kLimitFields = {"responsesPerSecond", "slip", "trusted"};
  if (!field.map(kLimitFields)) return;
  load_number(field["responsesPerSecond"], 0, kMostPerSecond, limit.per_second);
  load_number(field["slip"], 0, 1000, limit.slip);
  const Field trusted = field["trusted"];
  if (!trusted) return;
  limit.trusted.clear();
  trusted.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(*given);
    if (!cidr) return element.fail(cidr.error().message);
    limit.trusted.push_back(*cidr);
  });
}

}  // namespace

std::vector<Cidr> local_networks() {
  std::vector<Cidr> networks;
  for (const char* text : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                           "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"}) {
    networks.push_back(*Cidr::parse(text));
  }
  return networks;
}

void load_dns_serving(const Field& dns, std::string_view cluster_domain, DnsServing& serving) {
  load_number(dns["ttl"], 0, kLongestTtl, serving.ttl);
  const Field pods = dns["pods"];
  serving.pods =
      pods.one_of<PodNames>(
              {{"disabled", PodNames::disabled}, {"insecure", PodNames::insecure}, {"verified", PodNames::verified}})
          .value_or(serving.pods);
  serving.autopath = dns["autopath"].boolean_or(serving.autopath);
  load_hosts(dns["hosts"], cluster_domain, serving.hosts);
  serving.hosts_file = dns["hostsFile"].text_or("");
  load_query_log(dns["queryLog"], serving.query_log);
  serving.cookies = dns["cookies"].boolean_or(serving.cookies);
  load_rate_limit(dns["rateLimit"], serving.rate_limit);
  load_length(dns["lameDuck"], milliseconds(0), serving.lame_duck);
}

void load_dns_tcp(const Field& field, DnsTcp& tcp) {
  constexpr std::array<std::string_view, 3> kTcpFields = {"idleTimeout", "maxConnections", "maxConnectionsPerClient"};
  if (!field.map(kTcpFields)) return;
  load_length(field["idleTimeout"], milliseconds(100), tcp.idle_timeout);
  load_number(field["maxConnections"], 1, 1'000'000, tcp.max_connections);
  load_number(field["maxConnectionsPerClient"], 1, 1'000'000, tcp.max_connections_per_client);
}

}  // namespace naru::config
