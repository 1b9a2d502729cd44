// EndpointSlice, with the fields in the order of discovery.k8s.io/v1.
#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;
using config::EndpointSlice;
using config::SliceEndpoint;

constexpr const char* kServiceLabel = "kubernetes.io/service-name";

void set_hints(json::object& object, const SliceEndpoint& endpoint) {
  const auto named = [](const std::string& name) { return json::object{{"name", name}}; };
  json::object hints;
  set_array(hints, "forZones", endpoint.hint_zones, named);
  set_array(hints, "forNodes", endpoint.hint_nodes, named);
  if (!hints.empty()) object["hints"] = std::move(hints);
}

json::object endpoint_object(const EndpointSlice& slice, const SliceEndpoint& endpoint) {
  json::object object;
  set_array(object, "addresses", endpoint.fqdns, as_is);
  set_array(object, "addresses", endpoint.addresses, as_text);
  object["conditions"] = {
      {"ready", endpoint.ready}, {"serving", endpoint.serving}, {"terminating", endpoint.terminating}};
  set_text(object, "hostname", endpoint.hostname);
  if (!endpoint.target_pod.empty()) {
    object["targetRef"] = {{"kind", "Pod"}, {"namespace", slice.meta.name_space}, {"name", endpoint.target_pod}};
  }
  set_text(object, "nodeName", endpoint.node_name);
  set_text(object, "zone", endpoint.zone);
  set_hints(object, endpoint);
  return object;
}

json::object port_object(const config::SlicePort& port) {
  json::object object;
  object["name"] = port.name;
  object["protocol"] = to_string(port.protocol);
  if (port.port) object["port"] = port.port->value();
  set_text(object, "appProtocol", port.app_protocol);
  return object;
}

/// Slices that naru made from Pods or from Endpoints carry the label by which all others find their Service.
json::object meta_object(const EndpointSlice& slice) {
  config::Meta meta = slice.meta;
  if (!slice.service.empty()) meta.labels.try_emplace(kServiceLabel, slice.service);
  return to_json(meta);
}

}  // namespace

json::object to_json(const EndpointSlice& slice) {
  json::array endpoints;
  for (const SliceEndpoint& endpoint : slice.endpoints) endpoints.push_back(endpoint_object(slice, endpoint));
  json::array ports;
  for (const config::SlicePort& port : slice.ports) ports.push_back(port_object(port));
  return {{"apiVersion", "discovery.k8s.io/v1"}, {"kind", "EndpointSlice"},
          {"metadata", meta_object(slice)},      {"addressType", to_string(slice.address_type)},
          {"endpoints", std::move(endpoints)},   {"ports", std::move(ports)}};
}

}  // namespace naru::daemon
