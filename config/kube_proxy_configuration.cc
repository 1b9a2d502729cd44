// kind: KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1), so that a node's kube-proxy can be replaced as it
// is.
#include <fmt/format.h>

#include <array>

#include "config/configuration_kinds.h"
#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {
namespace {

// The fields of v1alpha1 as of Kubernetes 1.33, those with a meaning here first.
constexpr std::array<std::string_view, 29> kFields = {"apiVersion",
                                                      "kind",
                                                      "hostnameOverride",
                                                      "metricsBindAddress",
                                                      "healthzBindAddress",
                                                      "nodePortAddresses",
                                                      "bindAddress",
                                                      "bindAddressHardFail",
                                                      "clientConnection",
                                                      "clusterCIDR",
                                                      "configSyncPeriod",
                                                      "conntrack",
                                                      "detectLocal",
                                                      "detectLocalMode",
                                                      "enableProfiling",
                                                      "featureGates",
                                                      "iptables",
                                                      "ipvs",
                                                      "logging",
                                                      "mode",
                                                      "nftables",
                                                      "oomScoreAdj",
                                                      "portRange",
                                                      "showHiddenMetricsForVersion",
                                                      "udpIdleTimeout",
                                                      "resourceContainer",
                                                      "winkernel",
                                                      "windowsRunAsService",
                                                      "conntrackTCPTimeoutCloseWait"};
constexpr std::size_t kMeaningful = 6;

void notice_meaningless(const Field& root, std::vector<Issue>& notices) {
  for (const std::string_view name : std::span(kFields).subspan(kMeaningful)) {
    const Field field = root[name];
    if (!field) continue;
    notices.push_back({root.report().at(field.line()), "KubeProxyConfiguration", std::string(name),
                       "means nothing to naru, and is passed over"});
  }
}

}  // namespace

void load_kube_proxy_configuration(const Field& root, Configuration& configuration, std::vector<Issue>& notices) {
  if (!root.map(kFields) || !has_api_version(root, "kubeproxy.config.k8s.io/v1alpha1")) return;
  const Field node = root["hostnameOverride"];
  if (auto name = load_name(node, bad_dns_subdomain)) configuration.node = std::move(*name);
  // kube-proxy writes "" for its defaults, which are naru's too.
  const Field metrics = root["metricsBindAddress"];
  const Field healthz = root["healthzBindAddress"];
  if (!metrics.text_or("").empty()) load_bind_address(metrics, configuration.metrics_bind_address);
  if (!healthz.text_or("").empty()) load_bind_address(healthz, configuration.healthz_bind_address);
  load_node_port_addresses(root["nodePortAddresses"], configuration.node_port_addresses);
  notice_meaningless(root, notices);
}

}  // namespace naru::config
