// IPAddressPool, with the fields in the order of metallb.io/v1beta1.
#include <algorithm>
#include <limits>

#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

json::object requirement_object(const config::LabelSelectorRequirement& requirement) {
  json::object object;
  object["key"] = requirement.key;
  object["operator"] = requirement.op;
  set_array(object, "values", requirement.values, as_is);
  return object;
}

json::object selector_object(const config::LabelSelector& selector) {
  json::object object;
  if (!selector.match_labels.empty()) object["matchLabels"] = to_json(selector.match_labels);
  set_array(object, "matchExpressions", selector.match_expressions, requirement_object);
  return object;
}

json::object allocation_object(const config::ServiceAllocation& allocation) {
  json::object object;
  object["priority"] = allocation.priority;
  set_array(object, "namespaces", allocation.namespaces, as_is);
  set_array(object, "namespaceSelectors", allocation.namespace_selectors, selector_object);
  set_array(object, "serviceSelectors", allocation.service_selectors, selector_object);
  return object;
}

json::object spec_object(const config::IpAddressPool& pool) {
  json::object spec;
  set_array(spec, "addresses", pool.addresses, [](const config::AddressRange& range) { return range.text; });
  spec["autoAssign"] = pool.auto_assign;
  spec["avoidBuggyIPs"] = pool.avoid_buggy_ips;
  if (pool.service_allocation) spec["serviceAllocation"] = allocation_object(*pool.service_allocation);
  return spec;
}

/// The API's numbers are signed: an IPv6 range may hold more.
std::uint64_t count(std::uint64_t addresses) {
  return std::min(addresses, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

json::object to_json(const PoolView& view) {
  return {{"apiVersion", "metallb.io/v1beta1"},
          {"kind", "IPAddressPool"},
          {"metadata", to_json(view.object->meta)},
          {"spec", spec_object(*view.object)},
          {"status",
           {{"assignedIPv4", count(view.assigned_ipv4)},
            {"assignedIPv6", count(view.assigned_ipv6)},
            {"availableIPv4", count(view.available_ipv4)},
            {"availableIPv6", count(view.available_ipv6)}}}};
}

}  // namespace naru::daemon
