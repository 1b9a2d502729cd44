#include <fmt/format.h>

#include <array>

#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"
#include "config/slice_parts.h"

namespace naru::config {
namespace {

constexpr std::string_view kServiceNameLabel = "kubernetes.io/service-name";
constexpr std::size_t kMostAddresses = 100;
constexpr std::size_t kMostEndpoints = 1000;

constexpr std::array<std::string_view, 6> kSliceFields = {"apiVersion",  "kind",      "metadata",
                                                          "addressType", "endpoints", "ports"};
constexpr std::array<std::string_view, 8> kEndpointFields = {
    "addresses", "conditions", "nodeName", "zone", "hostname", "targetRef", "hints", "deprecatedTopology"};

void add_fqdn(const Field& field, SliceEndpoint& endpoint) {
  const auto given = field.text();
  if (!given) return;
  std::string_view name = *given;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (auto reason = bad_dns_subdomain(name)) return field.fail(*reason);
  if (name.find('.') == std::string_view::npos) {
    return field.fail(fmt::format("{}: should be a domain with at least two segments separated by dots", quote(name)));
  }
  endpoint.fqdns.emplace_back(name);
}

void add_ip(const Field& field, AddressType type, SliceEndpoint& endpoint) {
  const auto ip = load_servable_ip(field);
  if (!ip) return;
  const AddressType actual = ip->is_v4() ? AddressType::ipv4 : AddressType::ipv6;
  if (actual != type)
    return field.fail(
        fmt::format("{}: must be an {} address, as addressType says", quote(ip->to_string()), to_string(type)));
  endpoint.addresses.push_back(*ip);
}

void load_addresses(const Field& field, AddressType type, SliceEndpoint& endpoint) {
  if (field.none_listed()) return field.fail("Required value: must contain at least 1 address");
  if (field.size() > kMostAddresses) {
    return field.fail(fmt::format("Too many: {}: must have at most {} items", field.size(), kMostAddresses));
  }
  field.each([&](const Field& address) {
    if (type == AddressType::fqdn) return add_fqdn(address, endpoint);
    add_ip(address, type, endpoint);
  });
}

void load_conditions(const Field& field, SliceEndpoint& endpoint) {
  constexpr std::array<std::string_view, 3> kFields = {"ready", "serving", "terminating"};
  if (!field.map(kFields)) return;
  endpoint.ready = field["ready"].boolean_or(true);
  const Field serving = field["serving"];
  endpoint.says_serving = bool(serving);
  endpoint.serving = serving.boolean_or(true);
  endpoint.terminating = field["terminating"].boolean_or(false);
}

std::vector<std::string> load_hint_names(const Field& list) {
  constexpr std::array<std::string_view, 1> kFields = {"name"};
  std::vector<std::string> names;
  list.each([&](const Field& field) {
    if (!field.map(kFields)) return;
    const Field name = field["name"];
    const auto given = nonempty(name);
    if (!given) return name.fail_required();
    names.push_back(*given);
  });
  return names;
}

void load_hints(const Field& field, SliceEndpoint& endpoint) {
  constexpr std::array<std::string_view, 2> kFields = {"forZones", "forNodes"};
  if (!field.map(kFields)) return;
  endpoint.hint_zones = load_hint_names(field["forZones"]);
  endpoint.hint_nodes = load_hint_names(field["forNodes"]);
}

SliceEndpoint load_endpoint(const Field& field, AddressType type) {
  SliceEndpoint endpoint;
  if (!field.map(kEndpointFields)) return endpoint;
  load_addresses(field["addresses"], type, endpoint);
  load_conditions(field["conditions"], endpoint);
  load_hints(field["hints"], endpoint);
  endpoint.hostname = load_name(field["hostname"], bad_dns_label).value_or("");
  endpoint.node_name = load_name(field["nodeName"], bad_dns_subdomain).value_or("");
  endpoint.zone = field["zone"].text_or("");
  endpoint.target_pod = load_target_pod(field["targetRef"]);
  return endpoint;
}

}  // namespace

std::shared_ptr<const EndpointSlice> load_endpoint_slice(const Field& object, Meta meta) {
  auto slice = std::make_shared<EndpointSlice>();
  slice->meta = std::move(meta);
  if (!object.map(kSliceFields)) return slice;
  slice->weight = load_weight(object);
  if (const auto label = slice->meta.labels.find(std::string(kServiceNameLabel)); label != slice->meta.labels.end())
    slice->service = label->second;
  const Field type = object["addressType"];
  const auto known_type =
      type.one_of<AddressType>({{"FQDN", AddressType::fqdn}, {"IPv4", AddressType::ipv4}, {"IPv6", AddressType::ipv6}});
  if (!type) type.fail_required();
  slice->ports = load_slice_ports(object["ports"]);
  if (!known_type) return slice;  // whether an address is right depends on it
  slice->address_type = *known_type;
  const Field endpoints = object["endpoints"];
  endpoints.each([&](const Field& field) { slice->endpoints.push_back(load_endpoint(field, *known_type)); });
  if (slice->endpoints.size() > kMostEndpoints) {
    endpoints.fail(fmt::format("Too many: {}: must have at most {} items", slice->endpoints.size(), kMostEndpoints));
  }
  return slice;
}

}  // namespace naru::config
