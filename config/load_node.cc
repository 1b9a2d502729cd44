#include <array>

#include "config/load_meta.h"
#include "config/loaders.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 5> kNodeFields = {"apiVersion", "kind", "metadata", "spec", "status"};

void load_pod_cidr(const Field& field, Node& node) {
  const auto given = nonempty(field);
  if (!given) return;
  const auto cidr = Cidr::parse(*given);
  if (!cidr) return field.fail(cidr.error().message);
  node.pod_cidrs.push_back(*cidr);
}

void load_spec(const Field& spec, Node& node) {
  constexpr std::array<std::string_view, 4> kTaintFields = {"key", "value", "effect", "timeAdded"};
  if (!spec.map_of_anything()) return;
  node.unschedulable = spec["unschedulable"].boolean_or(false);
  spec["podCIDRs"].each([&](const Field& field) { load_pod_cidr(field, node); });
  if (node.pod_cidrs.empty()) load_pod_cidr(spec["podCIDR"], node);
  spec["taints"].each([&](const Field& taint) {
    if (!taint.map(kTaintFields)) return;
    const Field key = taint["key"];
    const auto given = nonempty(key);
    if (!given) return key.fail_required();
    node.taints.push_back(*given);
  });
}

/// Host names are addresses of a Node too, and naru has no use for them.
void load_address(const Field& field, Node& node) {
  constexpr std::array<std::string_view, 2> kFields = {"type", "address"};
  if (!field.map(kFields)) return;
  const Field type = field["type"];
  const Field address = field["address"];
  if (!address) return address.fail_required();
  const std::string kind = type.text_or("");
  if (!type) type.fail_required();
  if (kind == "InternalIP" || kind == "ExternalIP") {
    const auto ip = load_servable_ip(address);
    if (ip)
      node.addresses.push_back(
          {kind == "InternalIP" ? NodeAddressType::internal_ip : NodeAddressType::external_ip, *ip});
  } else if (const auto other = IpAddress::parse(address.text_or(""))) {
    node.addresses.push_back({NodeAddressType::other, *other});
  }
}

void load_status(const Field& status, Node& node) {
  if (!status.map_of_anything()) return;
  status["addresses"].each([&](const Field& field) { load_address(field, node); });
  status["conditions"].each([&](const Field& condition) {
    if (!condition.map_of_anything()) return;
    const std::string type = condition["type"].text_or("");
    const bool holds = condition["status"].text_or("") == "True";
    if (type == "Ready") node.ready = holds;
    if (type == "NetworkUnavailable") node.network_unavailable = holds;
  });
}

}  // namespace

std::shared_ptr<const Node> load_node(const Field& object, Meta meta) {
  auto node = std::make_shared<Node>();
  node->meta = std::move(meta);
  if (!object.map(kNodeFields)) return node;
  load_spec(object["spec"], *node);
  load_status(object["status"], *node);
  return node;
}

}  // namespace naru::config
