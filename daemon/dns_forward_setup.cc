#include "daemon/dns_forward_setup.h"

#include <sys/random.h>

#include <algorithm>

#include "dns/loop_watch.h"

namespace naru::daemon {
namespace {

dns::UpstreamPolicy policy_of(config::UpstreamPolicy policy) {
  switch (policy) {
    case config::UpstreamPolicy::sequential:
      return dns::UpstreamPolicy::sequential;
    case config::UpstreamPolicy::round_robin:
      return dns::UpstreamPolicy::round_robin;
    case config::UpstreamPolicy::random:
      break;
  }
  return dns::UpstreamPolicy::random;
}

dns::CacheOptions cache_options(const config::DnsCache& cache, unsigned workers) {
  return {static_cast<std::size_t>(cache.size) / std::max(1U, workers), cache.success, cache.denial, cache.serve_stale};
}

/// All workers' one: a probe comes back to any of them.
std::shared_ptr<dns::LoopWatch> loop_watch(const dns::ForwardOptions& options) {
  std::size_t upstreams = options.upstreams.size();
  for (const dns::StubZone& zone : options.stub_zones) upstreams += zone.upstreams.size();
  std::uint64_t secret = 0;
  // So few bytes never fail once the kernel's pool is ready.
  static_cast<void>(::getrandom(&secret, sizeof secret, 0));
  return std::make_shared<dns::LoopWatch>(secret, upstreams);
}

}  // namespace

dns::ForwardOptions forward_options(const config::Configuration& configuration,
                                    const std::vector<SocketAddress>& upstreams, unsigned workers) {
  const config::DnsForwarding& forward = configuration.dns.forward;
  dns::ForwardOptions options;
  options.upstreams = upstreams;
  for (const config::StubZone& zone : forward.stub_zones) {
    if (auto apex = dns::Name::parse(zone.name)) options.stub_zones.push_back({std::move(*apex), zone.upstreams});
  }
  options.policy = policy_of(forward.policy);
  options.attempt_timeout = forward.attempt_timeout;
  options.total_timeout = forward.timeout;
  options.hedge_after = forward.hedge_after;
  options.health_check = forward.health_check;
  options.max_in_flight = static_cast<std::size_t>(forward.max_concurrent);
  options.cache = cache_options(configuration.dns.cache, workers);
  options.loops = loop_watch(options);
  return options;
}

}  // namespace naru::daemon
