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

json::object status_object(const Node& node) {
  json::object status;
  if (node.ready) {
    status["conditions"] = json::array{json::object{{"type", "Ready"}, {"status", *node.ready ? "True" : "False"}}};
  }
  status["addresses"] = addresses_array(node);
  return status;
}

}  // namespace

json::object to_json(const NodeView& view) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", to_json(view.object->meta)},
          {"spec", spec_object(*view.object)},
          {"status", status_object(*view.object)}};
}

}  // namespace naru::daemon
