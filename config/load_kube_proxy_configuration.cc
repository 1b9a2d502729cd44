#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/load_configuration.h"
#include "config/load_meta.h"

namespace naru::config {
namespace {

// What naru takes over.
constexpr std::array<std::string_view, 8> kTaken = {"apiVersion",         "kind",
                                                    "clusterCIDR",        "detectLocalMode",
                                                    "hostnameOverride",   "nodePortAddresses",
                                                    "metricsBindAddress", "healthzBindAddress"};
// What is about how kube-proxy works: kernel tables, their tuning, the connection to the API server, kube-proxy's own
// process.
constexpr std::array<std::string_view, 21> kIgnored = {"bindAddress",
                                                       "bindAddressHardFail",
                                                       "clientConnection",
                                                       "configSyncPeriod",
                                                       "conntrack",
                                                       "detectLocal",
                                                       "enableProfiling",
                                                       "featureGates",
                                                       "iptables",
                                                       "ipvs",
                                                       "logging",
                                                       "mode",
                                                       "nftables",
                                                       "oomScoreAdj",
                                                       "portRange",
                                                       "resourceContainer",
                                                       "showHiddenMetricsForVersion",
                                                       "udpIdleTimeout",
                                                       "windowsRunAsService",
                                                       "winkernel",
                                                       "bindNetworkInterface"};

/// kubeadm writes every field, most with nothing in it; those say nothing.
bool says_nothing(const Value& value) {
  if (value.type == Value::Type::scalar)
    return value.text.empty() || value.text == "0" || value.text == "0s" || boolean_of(value) == false;
  return std::ranges::all_of(value.items, says_nothing);
}

void note_ignored(const Field& root, LoadedConfiguration& loaded) {
  for (const std::string_view name : kIgnored) {
    const Field field = root[name];
    if (!field || says_nothing(*field.value())) continue;
    loaded.notices.push_back(
        {root.report().at(field.line()), {}, std::string(name), "means nothing to naru and is ignored"});
  }
}

/// One per family, with a comma between them.
void load_cluster_cidrs(const Field& field, std::vector<Cidr>& cidrs) {
  const auto given = nonempty(field);
  if (!given) return;
  for (const std::string_view part : split(*given, ',')) load_cluster_cidr(field, trim(part), cidrs);
}

/// By addresses Pods are told from others in any case; by interfaces they are not.
void note_local_mode(const Field& field, LoadedConfiguration& loaded) {
  constexpr std::array<std::string_view, 2> kByAddress = {"ClusterCIDR", "NodeCIDR"};
  constexpr std::array<std::string_view, 2> kByInterface = {"BridgeInterface", "InterfaceNamePrefix"};
  const auto given = nonempty(field);
  if (!given || std::ranges::find(kByAddress, *given) != kByAddress.end()) return;
  if (std::ranges::find(kByInterface, *given) == kByInterface.end()) {
    return field.fail_unsupported(
        *given, std::array<std::string_view, 4>{"ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"});
  }
  loaded.notices.push_back(
      {field.report().at(field.line()),
       {},
       "detectLocalMode",
       fmt::format("{} means nothing to naru, which tells Pods by their addresses: clusterCIDR and "
                   "the podCIDRs of nodes",
                   *given)});
}

/// kube-proxy takes an empty string for the default, and an address alone for one with the default port.
void load_bind_address(const Field& field, std::optional<SocketAddress>& address) {
  const auto given = nonempty(field);
  if (!given) return;
  const auto whole = SocketAddress::parse(*given);
  const auto ip = IpAddress::parse(*given);
  if (whole) {
    address = *whole;
  } else if (ip) {
    address->ip = *ip;
  } else {
    field.fail(fmt::format("{}: must be an address and a port, as in 0.0.0.0:10256", quote(*given)));
  }
}

}  // namespace

void load_kube_proxy_configuration(const Field& root, LoadedConfiguration& loaded) {
  std::array<std::string_view, kTaken.size() + kIgnored.size()> known{};
  std::ranges::copy(kIgnored, std::ranges::copy(kTaken, known.begin()).out);
  if (!root.map(known)) return;
  load_node_name(root["hostnameOverride"], loaded.value.node);
  load_node_port_addresses(root["nodePortAddresses"], loaded.value.node_port_addresses);
  load_cluster_cidrs(root["clusterCIDR"], loaded.value.cluster_cidrs);
  note_local_mode(root["detectLocalMode"], loaded);
  load_bind_address(root["metricsBindAddress"], loaded.value.metrics_bind_address);
  load_bind_address(root["healthzBindAddress"], loaded.value.healthz_bind_address);
  note_ignored(root, loaded);
}

}  // namespace naru::config
