// From what the user says to the rules of interception.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/intercepted.h"
#include "daemon/intercept_command.h"
#include "dns/resolv_conf.h"

namespace naru::daemon {
namespace {

constexpr Port kDefaultPort{15'001};

Error bad(std::string message) {
  return Error{Errc::bad_input, std::move(message)};
}

Result<std::uint32_t> uid(const std::string& word, const InterceptHost& host) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size()) return number;
  if (const auto found = host.uid_of(word)) return *found;
  return bad(fmt::format("{}: there is no such user", word));
}

Result<std::vector<std::uint32_t>> uids(const std::vector<std::string>& words, const InterceptHost& host) {
  std::vector<std::uint32_t> all;
  for (const std::string& word : words) {
    const auto number = uid(word, host);
    if (!number) return number.error();
    if (std::ranges::find(all, *number) == all.end()) all.push_back(*number);
  }
  return all;
}

Result<void> set_whose(const InterceptOptions& options, const InterceptHost& host, runtime::InterceptRules& rules) {
  if (options.uids.empty() && options.cgroups.empty() && !options.everybody) {
    return bad("whose connections? Say --uid, --cgroup or --all");
  }
  // A sidecar that intercepts itself would come to itself for ever.
  if (options.sidecar_uids.empty() && (options.everybody || !options.cgroups.empty())) {
    return bad("--sidecar-uid is missing: with --all or --cgroup the sidecar's own connections could be intercepted");
  }
  rules.everybody = options.everybody;
  auto given = uids(options.uids, host);
  auto sidecars = uids(options.sidecar_uids, host);
  if (!given) return given.error();
  if (!sidecars) return sidecars.error();
  for (const std::uint32_t each : *given) {
    if (std::ranges::find(*sidecars, each) != sidecars->end()) {
      return bad(fmt::format("user {} is intercepted and the sidecar's too: run the sidecar as another", each));
    }
  }
  rules.uids = std::move(*given);
  rules.sidecar_uids = std::move(*sidecars);
  for (const std::string& path : options.cgroups) {
    auto found = host.cgroup(path);
    if (!found) return found.error();
    rules.cgroups.push_back(std::move(*found));
  }
  return {};
}

Result<void> set_cidrs(const InterceptOptions& options, const std::optional<config::Intercept>& configured,
                       runtime::InterceptRules& rules) {
  if (options.service_cidrs.empty() && configured) rules.cidrs = configured->cidrs;
  for (const std::string& word : options.service_cidrs) {
    const auto cidr = Cidr::parse(word, true);
    if (!cidr) return bad("--service-cidr: " + cidr.error().message);
    if (const auto reason = why_not_interceptable(*cidr)) {
      return bad(fmt::format("--service-cidr: {} {}", word, *reason));
    }
    if (const Cidr* alike = intercepted_alike(*cidr, rules.cidrs)) {
      return bad(
          fmt::format("--service-cidr: datagrams to {} and to {} could not be told apart", word, alike->to_string()));
    }
    rules.cidrs.push_back(*cidr);
  }
  if (rules.cidrs.empty()) {
    return bad("connections to where? Say --service-cidr, or give a --config that has intercept.port");
  }
  return {};
}

std::vector<IpAddress> resolvers_of(const std::string& resolv_conf) {
  std::vector<IpAddress> all;
  for (const SocketAddress& address : dns::upstreams_of_resolv_conf(resolv_conf, {})) all.push_back(address.ip);
  return all;
}

Result<void> set_dns(const InterceptOptions& options, const std::optional<config::Intercept>& configured,
                     const InterceptHost& host, runtime::InterceptRules& rules) {
  if (configured) rules.dns_port = configured->dns_port;
  if (options.dns_port) rules.dns_port = Port(*options.dns_port);
  for (const std::string& word : options.resolvers) {
    const auto address = IpAddress::parse(word);
    if (!address) return bad("--resolver: " + address.error().message);
    rules.resolvers.push_back(*address);
  }
  if (!rules.dns_port) {
    return rules.resolvers.empty() ? Result<void>() : bad("--resolver is of no use without --dns-port");
  }
  if (rules.resolvers.empty()) rules.resolvers = resolvers_of(host.resolv_conf);
  if (rules.resolvers.empty()) return bad("/etc/resolv.conf names no resolver to intercept: say --resolver");
  if (rules.dns_port == rules.port) return bad("--port and --dns-port must differ");
  return {};
}

}  // namespace

Result<runtime::InterceptRules> intercept_rules(const InterceptOptions& options,
                                                const std::optional<config::Intercept>& configured,
                                                const InterceptHost& host) {
  runtime::InterceptRules rules;
  rules.port = options.port ? Port(*options.port) : configured ? configured->port : kDefaultPort;
  if (auto set = set_whose(options, host, rules); !set) return set.error();
  if (auto set = set_cidrs(options, configured, rules); !set) return set.error();
  if (auto set = set_dns(options, configured, host, rules); !set) return set.error();
  return rules;
}

}  // namespace naru::daemon
