#include "config/meta.h"

#include <fmt/format.h>

namespace naru::config {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::service:
      return "Service";
    case Kind::endpoint_slice:
      return "EndpointSlice";
    case Kind::endpoints:
      return "Endpoints";
    case Kind::pod:
      return "Pod";
    case Kind::node:
      return "Node";
    case Kind::name_space:
      return "Namespace";
    case Kind::ip_address_pool:
      return "IPAddressPool";
    case Kind::service_policy:
      return "ServicePolicy";
    case Kind::l2_advertisement:
      return "L2Advertisement";
    case Kind::bgp_advertisement:
      return "BGPAdvertisement";
    case Kind::bgp_peer:
      return "BGPPeer";
    case Kind::bfd_profile:
      return "BFDProfile";
    case Kind::community:
      return "Community";
    case Kind::secret:
      return "Secret";
  }
  return "?";
}

Origin::Origin(const std::string& file, int lines_before) : state_(new State{file, lines_before}) {}

std::string Location::to_string() const {
  if (!file) return {};
  return line > 0 ? fmt::format("{}:{}", *file, line_in_file()) : *file;
}

std::string ObjectKey::to_string() const {
  const std::string_view separator = name_space.empty() ? "" : "/";
  return fmt::format("{} {}{}{}", config::to_string(kind), name_space, separator, name);
}

bool selects(const Labels& selector, const Labels& labels) {
  if (selector.empty()) return false;
  for (const auto& [key, value] : selector) {
    const auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  return true;
}

std::string Issue::to_string() const {
  std::string line = location.to_string();
  for (const std::string& part : {object, field, reason}) {
    if (part.empty()) continue;
    if (!line.empty()) line += ": ";
    line += part;
  }
  return line;
}

}  // namespace naru::config
