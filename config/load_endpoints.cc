#include <fmt/format.h>

#include <array>

#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"
#include "config/slice_parts.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 4> kEndpointsFields = {"apiVersion", "kind", "metadata", "subsets"};
constexpr std::array<std::string_view, 3> kSubsetFields = {"addresses", "notReadyAddresses", "ports"};
constexpr std::array<std::string_view, 4> kAddressFields = {"ip", "hostname", "nodeName", "targetRef"};

/// One slice per address family, since a slice has one.
struct Subset {
  EndpointSlice ipv4;
  EndpointSlice ipv6;
};

void add_address(const Field& field, bool ready, Subset& subset) {
  if (!field.map(kAddressFields)) return;
  const Field ip = field["ip"];
  if (!ip) return ip.fail_required();
  const auto address = load_servable_ip(ip);
  SliceEndpoint endpoint;
  endpoint.ready = ready;
  endpoint.serving = ready;
  endpoint.hostname = load_name(field["hostname"], bad_dns_label).value_or("");
  endpoint.node_name = load_name(field["nodeName"], bad_dns_subdomain).value_or("");
  endpoint.target_pod = load_target_pod(field["targetRef"]);
  if (!address) return;
  endpoint.addresses.push_back(*address);
  (address->is_v4() ? subset.ipv4 : subset.ipv6).endpoints.push_back(std::move(endpoint));
}

void check_ports(const Field& ports) {
  if (!ports.is_list()) return;
  ports.each([&](const Field& field) {
    if (!field.is_map()) return;
    const Field number = field["port"];
    if (!number) number.fail_required();
    const Field name = field["name"];
    if (ports.size() > 1 && !name) name.fail_required();
  });
}

EndpointSlice slice_of(const Meta& meta, AddressType type, const std::vector<SlicePort>& ports) {
  EndpointSlice slice;
  slice.meta = meta;
  slice.service = meta.name;
  slice.address_type = type;
  slice.ports = ports;
  return slice;
}

void load_subset(const Field& field, Endpoints& endpoints) {
  if (!field.map(kSubsetFields)) return;
  const Field ports = field["ports"];
  const auto loaded_ports = load_slice_ports(ports);
  check_ports(ports);
  Subset subset{slice_of(endpoints.meta, AddressType::ipv4, loaded_ports),
                slice_of(endpoints.meta, AddressType::ipv6, loaded_ports)};
  const Field ready = field["addresses"];
  const Field not_ready = field["notReadyAddresses"];
  if (!ready && !not_ready) field.fail("Required value: must specify `addresses` or `notReadyAddresses`");
  ready.each([&](const Field& address) { add_address(address, true, subset); });
  not_ready.each([&](const Field& address) { add_address(address, false, subset); });
  for (EndpointSlice* slice : {&subset.ipv4, &subset.ipv6}) {
    if (!slice->endpoints.empty()) endpoints.subsets.push_back(std::move(*slice));
  }
}

}  // namespace

std::shared_ptr<const Endpoints> load_endpoints(const Field& object, Meta meta) {
  auto endpoints = std::make_shared<Endpoints>();
  endpoints->meta = std::move(meta);
  if (!object.map(kEndpointsFields)) return endpoints;
  object["subsets"].each([&](const Field& field) { load_subset(field, *endpoints); });
  return endpoints;
}

}  // namespace naru::config
