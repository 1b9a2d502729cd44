#include "config/configuration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "config/configuration_kinds.h"
#include "config/document.h"
#include "config/read_file.h"

namespace naru::config {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

LoadedConfiguration faulty(LoadedConfiguration loaded, Location where, std::string reason) {
  loaded.errors.push_back({std::move(where), {}, {}, std::move(reason)});
  return loaded;
}

}  // namespace

std::string PortRange::to_string() const {
  return fmt::format("{}-{}", first.value(), last.value());
}

Environment Environment::of_this_process() {
  char host[256]{};
  ::gethostname(host, sizeof host - 1);
  return {::geteuid(), host, variable("HOME"), variable("XDG_STATE_HOME"), variable("XDG_RUNTIME_DIR")};
}

DefaultPaths default_paths(const Environment& environment) {
  if (environment.uid == 0) return {"/var/lib/naru", "/run/naru/naru.sock"};
  const std::string& state_home = environment.xdg_state_home;
  const std::string home = environment.home.empty() ? "." : environment.home;
  const std::string state_dir = (state_home.empty() ? home + "/.local/state" : state_home) + "/naru";
  const std::string& runtime_dir = environment.xdg_runtime_dir;
  return {state_dir, (runtime_dir.empty() ? state_dir : runtime_dir) + "/naru.sock"};
}

Configuration default_configuration(const Environment& environment) {
  Configuration configuration;
  configuration.node = to_lower(environment.host_name);
  configuration.service_cidrs = {Cidr::of(IpAddress::v4(0x7f600000), 12)};  // 127.96.0.0/12
  const DefaultPaths paths = default_paths(environment);
  configuration.state_dir = paths.state_dir;
  configuration.admin_socket = paths.admin_socket;
  configuration.metrics_bind_address = SocketAddress{IpAddress::v4(0x7f000001), Port(10249)};
  configuration.healthz_bind_address = SocketAddress{IpAddress::v4(0), Port(10256)};
  return configuration;
}

LoadedConfiguration load_configuration(std::string_view text, const std::string& file_name,
                                       const Environment& environment) {
  LoadedConfiguration loaded{default_configuration(environment), {}, {}};
  const auto file = std::make_shared<const std::string>(file_name);
  const Documents parsed = parse_documents(text);
  if (parsed.fault) return faulty(std::move(loaded), {file, parsed.fault->line}, parsed.fault->reason);
  if (parsed.documents.empty()) return faulty(std::move(loaded), {file, 0}, "there is no configuration in the file");
  if (parsed.documents.size() > 1) {
    return faulty(std::move(loaded), {file, parsed.documents[1].line}, "a second document: a configuration is one");
  }
  const Value& document = parsed.documents.front();
  Report report(file, loaded.errors);
  const Field root(report, &document);
  const Field kind = root["kind"];
  const std::string name = kind.text_or("NaruConfiguration");
  report.set_object(name);
  Configuration read = loaded.value;
  if (name == "NaruConfiguration") {
    load_naru_configuration(root, read);
  } else if (name == "KubeProxyConfiguration") {
    load_kube_proxy_configuration(root, read, loaded.notices);
  } else {
    constexpr std::string_view kKinds[] = {"NaruConfiguration", "KubeProxyConfiguration"};
    report.set_object({});
    kind.fail_unsupported(name, kKinds);
  }
  if (loaded.errors.empty()) loaded.value = std::move(read);
  return loaded;
}

LoadedConfiguration load_configuration_file(const std::string& path, const Environment& environment) {
  const auto text = read_file(path, kLargestFile);
  if (text) return load_configuration(*text, path, environment);
  LoadedConfiguration loaded{default_configuration(environment), {}, {}};
  return faulty(std::move(loaded), {std::make_shared<const std::string>(path), 0}, text.error().message);
}

}  // namespace naru::config
