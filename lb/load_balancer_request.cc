#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lb/address_pool.h"
#include "lb/pool_allocator.h"

namespace naru::lb {
namespace {

struct Annotation {
  std::string name;
  std::string value;
};

/// Under the new prefix, else the old one; an empty value where there is neither.
Annotation annotation(const config::Service& service, const std::string& name) {
  for (const char* prefix : {"metallb.io/", "metallb.universe.tf/"}) {
    const auto found = service.meta.annotations.find(prefix + name);
    if (found != service.meta.annotations.end()) return {found->first, found->second};
  }
  return {"metallb.io/" + name, {}};
}

}  // namespace

bool is_ours(const config::Service& service) {
  return service.type == config::ServiceType::load_balancer &&
         (service.load_balancer_class.empty() || service.load_balancer_class == "naru.io/lb");
}

config::Labels labels_of_namespace(const std::string& name, const std::map<std::string, config::Labels>& described) {
  const auto found = described.find(name);
  config::Labels labels = found == described.end() ? config::Labels{} : found->second;
  labels.try_emplace("kubernetes.io/metadata.name", name);
  return labels;
}

bool concerns(const config::IpAddressPool& pool, const config::Service& service,
              const config::Labels& namespace_labels) {
  const LoadBalancerRequest request = load_balancer_request(service);
  if (!request.pool.empty()) return pool.meta.name == request.pool;
  if (!request.ips.empty())
    return std::ranges::any_of(request.ips, [&](const IpAddress& ip) { return pool_has(pool, ip); });
  return pool.auto_assign && serves(pool, service, namespace_labels);
}

LoadBalancerRequest load_balancer_request(const config::Service& service) {
  LoadBalancerRequest request;
  const auto complain = [&](int line, std::string field, std::string reason) {
    const config::Location where{service.meta.location.file, line > 0 ? line : service.meta.location.line};
    request.issues.push_back(
        {where, "Service " + service.service_name().to_string(), std::move(field), std::move(reason)});
  };
  request.pool = annotation(service, "address-pool").value;
  request.sharing_key = annotation(service, "allow-shared-ip").value;

  const auto [name, asked] = annotation(service, "loadBalancerIPs");
  const std::string field = fmt::format("metadata.annotations[{}]", name);
  if (!asked.empty() && service.load_balancer_ip) {
    complain(service.load_balancer_ip_line, "spec.loadBalancerIP",
             "may not be set together with the annotation " + name);
    return request;
  }
  if (service.load_balancer_ip) request.ips.push_back(*service.load_balancer_ip);
  if (asked.empty()) return request;
  for (const std::string_view text : split(asked, ',')) {
    const auto ip = IpAddress::parse(trim(text));
    if (!ip) {
      complain(0, field, ip.error().message);
    } else if (std::ranges::any_of(request.ips,
                                   [&](const IpAddress& other) { return other.family() == ip->family(); })) {
      complain(0, field, fmt::format("more than one {} address", to_string(ip->family())));
    } else {
      request.ips.push_back(*ip);
    }
  }
  return request;
}

}  // namespace naru::lb
