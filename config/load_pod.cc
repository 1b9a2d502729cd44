#include <algorithm>
#include <array>

#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 5> kPodFields = {"apiVersion", "kind", "metadata", "spec", "status"};

void load_container(const Field& container, Pod& pod) {
  constexpr std::array<std::string_view, 5> kFields = {"name", "containerPort", "protocol", "hostPort", "hostIP"};
  if (!container.map_of_anything()) return;
  container["ports"].each([&](const Field& field) {
    if (!field.map(kFields)) return;
    ContainerPort port;
    port.name = load_name(field["name"], bad_port_name).value_or("");
    port.protocol = load_protocol(field["protocol"]);
    const Field number = field["containerPort"];
    if (!number) return number.fail_required();
    port.port = number.port().value_or(Port{});
    pod.ports.push_back(std::move(port));
  });
}

/// An init container that is restarted always runs beside the others: a sidecar, whose ports count.
void load_init_container(const Field& container, Pod& pod) {
  if (!container.map_of_anything()) return;
  if (container["restartPolicy"].text_or("") == "Always") load_container(container, pod);
}

void load_spec(const Field& spec, Pod& pod) {
  if (!spec.map_of_anything()) return;
  pod.node_name = load_name(spec["nodeName"], bad_dns_subdomain).value_or("");
  pod.hostname = load_name(spec["hostname"], bad_dns_label).value_or("");
  pod.subdomain = load_name(spec["subdomain"], bad_dns_label).value_or("");
  spec["containers"].each([&](const Field& container) { load_container(container, pod); });
  spec["initContainers"].each([&](const Field& container) { load_init_container(container, pod); });
}

void load_ips(const Field& status, Pod& pod) {
  constexpr std::array<std::string_view, 1> kFields = {"ip"};
  status["podIPs"].each([&](const Field& field) {
    if (!field.map(kFields)) return;
    const Field ip = field["ip"];
    if (const auto address = load_servable_ip(ip)) pod.ips.push_back(*address);
  });
  const Field single = status["podIP"];
  if (!nonempty(single)) return;
  const auto address = load_servable_ip(single);
  if (address && pod.ips.empty()) pod.ips.push_back(*address);
}

/// What the conditions of a Pod or Node say of `Ready`. Nothing: they do not say.
bool load_ready(const Field& status, const std::string& phase) {
  std::optional<bool> ready;
  bool any = false;
  status["conditions"].each([&](const Field& condition) {
    if (!condition.map_of_anything()) return;
    any = true;
    if (condition["type"].text_or("") == "Ready") ready = condition["status"].text_or("") == "True";
  });
  return any ? ready.value_or(false) : phase.empty() || phase == "Running";
}

}  // namespace

std::shared_ptr<const Pod> load_pod(const Field& object, Meta meta) {
  auto pod = std::make_shared<Pod>();
  pod->meta = std::move(meta);
  if (!object.map(kPodFields)) return pod;
  pod->weight = load_weight(object);
  load_spec(object["spec"], *pod);
  const Field status = object["status"];
  if (status && !status.map_of_anything()) return pod;
  const std::string phase = status["phase"].text_or("");
  load_ips(status, *pod);
  pod->ready = load_ready(status, phase);
  pod->finished = phase == "Succeeded" || phase == "Failed";
  return pod;
}

}  // namespace naru::config
