// The kinds that `--config` takes, one loader each.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "config/reader.h"

namespace naru::config {

// Each overlays `configuration` with what the document sets; faults go to the field's report.
void load_naru_configuration(const Field& root, Configuration& configuration);
/// Fields that mean nothing here are told in `notices`.
void load_kube_proxy_configuration(const Field& root, Configuration& configuration, std::vector<Issue>& notices);

// Shared by both.
[[nodiscard]] bool has_api_version(const Field& root, std::string_view wanted);
[[nodiscard]] std::vector<SocketAddress> load_socket_addresses(const Field& list);
/// "" or 0.0.0.0:0-like words that turn a server off are `none`; nothing where there is nothing or a fault.
void load_bind_address(const Field& field, std::optional<SocketAddress>& address);
void load_node_port_addresses(const Field& list, NodePortAddresses& addresses);
void load_port_range(const Field& field, PortRange& range);

}  // namespace naru::config
