#include "daemon/intercept_setup.h"

#include <algorithm>

namespace naru::daemon {
namespace {

bool any_of_family(const std::vector<Cidr>& cidrs, Family family) {
  return std::ranges::find(cidrs, family, &Cidr::family) != cidrs.end();
}

}  // namespace

std::vector<SocketAddress> loopback_addresses(const config::Intercept& intercept, Port port) {
  std::vector<SocketAddress> addresses;
  if (any_of_family(intercept.cidrs, Family::ipv4)) addresses.push_back({IpAddress::v4(0x7f000001), port});
  if (any_of_family(intercept.cidrs, Family::ipv6)) addresses.push_back({IpAddress::v6({{}}).plus(1), port});
  return addresses;
}

std::vector<SocketAddress> intercepted_dns_addresses(const std::optional<config::Intercept>& intercept) {
  if (!intercept || !intercept->dns_port) return {};
  return loopback_addresses(*intercept, *intercept->dns_port);
}

std::vector<Cidr> not_intercepted(const std::vector<Cidr>& cidrs, const std::optional<config::Intercept>& intercept) {
  std::vector<Cidr> left = cidrs;
  std::erase_if(left, [&](const Cidr& cidr) {
    return is_intercepted(cidr.base(), intercept) && is_intercepted(cidr.last(), intercept);
  });
  return left;
}

std::shared_ptr<const proxy::Interception> interception_of(const std::optional<config::Intercept>& intercept) {
  if (!intercept) return nullptr;
  return std::make_shared<const proxy::Interception>(proxy::Interception{
      loopback_addresses(*intercept, intercept->port), intercept->cidrs, std::make_shared<proxy::InterceptRefusals>()});
}

bool is_intercepted(const IpAddress& address, const std::optional<config::Intercept>& intercept) {
  return intercept && std::ranges::any_of(intercept->cidrs, [&](const Cidr& cidr) { return cidr.contains(address); });
}

}  // namespace naru::daemon
