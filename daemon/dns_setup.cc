#include "daemon/dns_setup.h"

#include <sys/random.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "dns/hosts_file.h"
#include "dns/resolv_conf.h"

namespace naru::daemon {
namespace {

void fill_randomly(void* to, std::size_t size) {
  if (::getrandom(to, size, 0) != static_cast<ssize_t>(size)) throw std::runtime_error("the kernel has no randomness");
}

/// What Pods have in their search list behind the cluster's domains.
std::vector<dns::Name> search_list(const std::string& cluster_domain) {
  std::ifstream file("/etc/resolv.conf");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<dns::Name> names = dns::search_of_resolv_conf(text);
  const auto domain = dns::Name::parse(cluster_domain);
  std::erase_if(names, [&](const dns::Name& name) { return domain && name.is_at_or_below(*domain); });
  return names;
}

std::shared_ptr<dns::RateLimiter> rate_limiter(const config::DnsRateLimit& limit) {
  if (limit.per_second == 0) return nullptr;
  std::uint64_t seed = 0;
  fill_randomly(&seed, sizeof seed);
  return std::make_shared<dns::RateLimiter>(dns::RateLimitOptions{limit.per_second, limit.slip, limit.trusted}, seed);
}

}  // namespace

dns::PodNames pod_names(config::PodNames names) {
  switch (names) {
    case config::PodNames::insecure:
      return dns::PodNames::insecure;
    case config::PodNames::verified:
      return dns::PodNames::verified;
    case config::PodNames::disabled:
      break;
  }
  return dns::PodNames::disabled;
}

void set_serving(const config::Configuration& configuration, const dns::CookieSecrets& secrets,
                 dns::WorkerOptions& options) {
  const config::DnsServing& serving = configuration.dns.serving;
  options.tcp.idle_timeout = serving.tcp.idle_timeout;
  options.tcp.max_connections = static_cast<std::size_t>(serving.tcp.max_connections);
  options.tcp.max_connections_per_client = static_cast<std::size_t>(serving.tcp.max_connections_per_client);
  options.autopath.enabled = serving.autopath;
  if (serving.autopath) options.autopath.search = search_list(configuration.cluster_domain);
  options.cookies = serving.cookies;
  options.cookie_secrets = secrets;
  options.rate_limiter = rate_limiter(serving.rate_limit);
}

std::vector<dns::HostRecord> hosts_of(const config::Configuration& configuration, const WatchedFile* file,
                                      std::vector<config::Issue>& issues) {
  std::vector<dns::HostRecord> hosts;
  for (const config::StaticHost& host : configuration.dns.serving.hosts) {
    dns::HostRecord record{host.ip, {}};
    for (const std::string& name : host.names) {
      if (auto parsed = dns::Name::parse(name)) record.names.push_back(std::move(*parsed));
    }
    hosts.push_back(std::move(record));
  }
  if (file == nullptr) return hosts;
  if (!file->error().empty()) issues.push_back({{}, {}, "dns.hostsFile", file->error()});
  const auto domain = dns::Name::parse(configuration.cluster_domain).value_or(dns::Name());
  dns::HostsFile parsed = dns::parse_hosts(file->text(), domain);
  hosts.insert(hosts.end(), std::make_move_iterator(parsed.hosts.begin()), std::make_move_iterator(parsed.hosts.end()));
  const auto name = std::make_shared<const std::string>(file->path());
  for (const dns::HostsProblem& problem : parsed.problems) {
    issues.push_back({{name, problem.line}, {}, "dns.hostsFile", problem.reason});
  }
  return hosts;
}

void CookieRotation::rotate() {
  if (std::exchange(started_, true)) secrets_.previous = secrets_.current;
  fill_randomly(secrets_.current.data(), secrets_.current.size());
}

}  // namespace naru::daemon
