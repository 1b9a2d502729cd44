#include "config/configuration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "config/document.h"
#include "config/load_configuration.h"
#include "config/load_meta.h"
#include "config/loader.h"
#include "config/read_file.h"

namespace naru::config {
namespace {

constexpr std::string_view kNaruVersion = "naru.io/v1alpha1";
constexpr std::string_view kNaruKind = "NaruConfiguration";
constexpr std::string_view kKubeProxyVersion = "kubeproxy.config.k8s.io/v1alpha1";
constexpr std::string_view kKubeProxyKind = "KubeProxyConfiguration";

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string name_of_host() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

void load_as_kind(const Field& root, LoadedConfiguration& loaded) {
  const Field version = root["apiVersion"];
  const Field kind = root["kind"];
  const std::string given_version = version.text_or("");
  const std::string given = kind.text_or(std::string(kNaruKind));
  const bool kube_proxy = given == kKubeProxyKind;
  if (!kube_proxy && given != kNaruKind) return kind.fail_unsupported(given, std::array{kNaruKind, kKubeProxyKind});
  const std::string_view wanted = kube_proxy ? kKubeProxyVersion : kNaruVersion;
  if (version && given_version != wanted) version.fail_unsupported(given_version, std::array{wanted});
  if (kube_proxy) return load_kube_proxy_configuration(root, loaded);
  load_naru_configuration(root, loaded);
}

void add_fault(const Fault& fault, const Origin& origin, LoadedConfiguration& loaded) {
  const std::string first = fault.first_line > 0 ? fmt::format(" (first at line {})", fault.first_line) : std::string();
  loaded.errors.push_back({{origin, fault.line}, {}, {}, fault.reason + first});
}

void load_text(std::string_view text, const Origin& origin, LoadedConfiguration& loaded) {
  if (auto issue = unfit(text, origin)) return loaded.errors.push_back(std::move(*issue));
  const Documents parsed = parse_documents(text);
  if (parsed.fault) return add_fault(*parsed.fault, origin, loaded);
  if (parsed.documents.size() > 1) {
    return add_fault({parsed.documents[1].line, "has a second document; a configuration is one", 0}, origin, loaded);
  }
  if (parsed.documents.empty()) return;
  Report report(origin, loaded.errors);
  const Field root(report, &parsed.documents.front());
  if (root.map_of_anything()) load_as_kind(root, loaded);
}

}  // namespace

std::string PortRange::to_string() const {
  return fmt::format("{}-{}", first.value(), last.value());
}

Environment Environment::of_this_process() {
  return {::geteuid(), name_of_host(), environment_variable("HOME"), environment_variable("XDG_STATE_HOME"),
          environment_variable("XDG_RUNTIME_DIR")};
}

DefaultPaths default_paths(const Environment& environment) {
  if (environment.uid == 0) return {"/var/lib/naru", "/run/naru/naru.sock"};
  DefaultPaths paths;
  if (!environment.xdg_state_home.empty()) {
    paths.state_dir = environment.xdg_state_home + "/naru";
  } else if (!environment.home.empty()) {
    paths.state_dir = environment.home + "/.local/state/naru";
  } else {
    paths.state_dir = "/var/lib/naru";  // a user without a home; whoever made one for the daemon made this
  }
  const std::string& runtime = environment.xdg_runtime_dir;
  paths.admin_socket = runtime.empty() ? paths.state_dir + "/naru.sock" : runtime + "/naru.sock";
  return paths;
}

Configuration default_configuration(const Environment& environment) {
  Configuration configuration;
  const DefaultPaths paths = default_paths(environment);
  configuration.node = to_lower(environment.host_name);
  configuration.service_cidrs = {Cidr::of(IpAddress::v4(0x7f600000), 12)};
  configuration.state_dir = paths.state_dir;
  configuration.admin_socket = paths.admin_socket;
  configuration.metrics_bind_address = SocketAddress{IpAddress::v4(0x7f000001), Port(10249)};
  configuration.healthz_bind_address = SocketAddress{IpAddress::v4(0), Port(10256)};
  return configuration;
}

LoadedConfiguration load_configuration(std::string_view text, const std::string& file_name,
                                       const Environment& environment) {
  LoadedConfiguration loaded;
  loaded.value = default_configuration(environment);
  load_text(text, Origin(file_name, 0), loaded);
  if (!loaded.errors.empty()) loaded.value = default_configuration(environment);
  return loaded;
}

LoadedConfiguration load_configuration_file(const std::string& path, const Environment& environment) {
  const auto text = read_file(path, kLargestFile);
  if (text) return load_configuration(*text, path, environment);
  LoadedConfiguration loaded;
  loaded.value = default_configuration(environment);
  loaded.errors.push_back({{Origin(path, 0), 0}, {}, {}, text.error().message});
  return loaded;
}

}  // namespace naru::config
