#include "config/slice_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {
namespace {

SlicePort load_port(const Field& field) {
  constexpr std::array<std::string_view, 4> kFields = {"name", "protocol", "port", "appProtocol"};
  SlicePort port;
  if (!field.map(kFields)) return port;
  port.name = load_name(field["name"], bad_dns_label).value_or("");
  port.protocol = load_protocol(field["protocol"]);
  port.port = field["port"].port();
  port.app_protocol = load_name(field["appProtocol"], bad_qualified_name).value_or("");
  return port;
}

}  // namespace

std::vector<SlicePort> load_slice_ports(const Field& ports) {
  std::vector<SlicePort> loaded;
  ports.each([&](const Field& field) {
    SlicePort port = load_port(field);
    const bool again = loaded.size() < 100 &&
                       std::ranges::any_of(loaded, [&](const SlicePort& other) { return other.name == port.name; });
    if (again) field.fail_at("name", fmt::format("Duplicate value: {}", quote(port.name)));
    loaded.push_back(std::move(port));
  });
  return loaded;
}

std::string load_target_pod(const Field& target_ref) {
  constexpr std::array<std::string_view, 7> kFields = {"apiVersion",      "kind",     "namespace", "name", "uid",
                                                       "resourceVersion", "fieldPath"};
  if (!target_ref.map(kFields)) return {};
  const std::string kind = target_ref["kind"].text_or("");
  const std::string name = target_ref["name"].text_or("");
  return kind == "Pod" ? name : std::string();
}

}  // namespace naru::config
