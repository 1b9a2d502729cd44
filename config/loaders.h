// One function per kind: from the tree of an object to the object, or to all that is wrong with it. Private to config.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/objects.h"
#include "config/reader.h"

namespace naru::config {

/// Each returns the object as far as it could be read; it counts only if nothing was reported.
[[nodiscard]] std::shared_ptr<const Service> load_service(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const EndpointSlice> load_endpoint_slice(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Endpoints> load_endpoints(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Pod> load_pod(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Node> load_node(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Namespace> load_namespace(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const IpAddressPool> load_ip_address_pool(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const ServicePolicy> load_service_policy(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const L2Advertisement> load_l2_advertisement(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const BgpAdvertisement> load_bgp_advertisement(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const BgpPeer> load_bgp_peer(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const BfdProfile> load_bfd_profile(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Community> load_community(const Field& object, Meta meta);
[[nodiscard]] std::shared_ptr<const Secret> load_secret(const Field& object, Meta meta);

}  // namespace naru::config
