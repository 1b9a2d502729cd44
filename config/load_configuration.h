// The two kinds of configuration. Private to config.
#pragma once

#include "config/configuration.h"
#include "config/reader.h"

namespace naru::config {

/// Each changes `loaded.value` where `root` says something, and reports what is wrong to root's report.
void load_naru_configuration(const Field& root, LoadedConfiguration& loaded);
void load_kube_proxy_configuration(const Field& root, LoadedConfiguration& loaded);

// What both have.
void load_node_name(const Field& field, std::string& node);
void load_node_port_addresses(const Field& field, NodePortAddresses& addresses);
/// Adds the one that `text` is.
void load_cluster_cidr(const Field& field, std::string_view text, std::vector<Cidr>& cidrs);

}  // namespace naru::config
