// Node: what naru reads of it, in the API's order.
#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;
using config::Node;
using config::NodeAddressType;

json::object spec_object(const Node& node) {
  json::object spec;
  if (!node.pod_cidrs.empty()) spec["podCIDR"] = node.pod_cidrs.front().to_string();
  set_array(spec, "podCIDRs", node.pod_cidrs, as_text);
  if (node.unschedulable) spec["unschedulable"] = true;
  set_array(spec, "taints", node.taints, [](const std::string& key) { return json::object{{"key", key}}; });
  return spec;
}

json::array addresses_array(const Node& node) {
  json::array addresses;
  for (const config::NodeAddress& address : node.addresses) {
    if (address.type == NodeAddressType::other) continue;
    const bool internal = address.type == NodeAddressType::internal_ip;
    addresses.push_back(
        json::object{{"type", internal ? "InternalIP" : "ExternalIP"}, {"address", address.ip.to_string()}});
  }
  return addresses;
}

std::string_view condition_status(bool holds) {
  return holds ? "True" : "False";
}

json::array conditions_array(const NodeView& view) {
  const Node& node = *view.object;
  json::array conditions;
  if (node.ready) conditions.push_back(json::object{{"type", "Ready"}, {"status", condition_status(*node.ready)}});
  if (node.network_unavailable) conditions.push_back(json::object{{"type", "NetworkUnavailable"}, {"status", "True"}});
  if (!view.liveness.empty()) {
    // In elections: whether this node counts with that one.
    const bool live = view.liveness == "Live" || view.liveness == "Isolated";
    json::object condition{{"type", "naru.io/Live"}, {"status", condition_status(live)}, {"reason", view.liveness}};
    set_text(condition, "message", view.fault);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

json::object status_object(const NodeView& view) {
  const Node& node = *view.object;
  json::object status;
  if (auto conditions = conditions_array(view); !conditions.empty()) status["conditions"] = std::move(conditions);
  status["addresses"] = addresses_array(node);
  return status;
}

}  // namespace

json::object to_json(const NodeView& view) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", to_json(view.object->meta)},
          {"spec", spec_object(*view.object)},
          {"status", status_object(view)}};
}

}  // namespace naru::daemon
