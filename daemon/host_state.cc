#include "daemon/host_state.h"

#include <fstream>
#include <iterator>

#include "base/log.h"
#include "dns/resolv_conf.h"
#include "runtime/host_addresses.h"

namespace naru::daemon {

config::LoadedConfiguration configuration_for(const std::optional<std::string>& file) {
  const config::Environment environment = config::Environment::of_this_process();
  if (file) return config::load_configuration_file(*file, environment);
  return {config::default_configuration(environment), {}, {}};
}

HostAddresses read_host_addresses() {
  HostAddresses host;
  const auto addresses = runtime::host_addresses();
  if (!addresses) {
    log::warn("{}", addresses.error().message);
    return host;
  }
  for (const auto& address : *addresses) {
    host.all.push_back(address.ip);
    const bool has_neighbours = address.prefix_length < address.ip.bits() && !address.ip.is_loopback();
    if (has_neighbours) host.subnets.push_back(address.subnet());
  }
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto primary = runtime::primary_address(family);
    if (primary && *primary) host.primary.push_back(**primary);
  }
  return host;
}

std::vector<SocketAddress> upstreams(const config::Configuration& configuration,
                                     const std::vector<SocketAddress>& own) {
  if (!configuration.dns.upstreams.empty()) return configuration.dns.upstreams;
  std::ifstream file("/etc/resolv.conf");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return dns::upstreams_of_resolv_conf(text, own);
}

}  // namespace naru::daemon
