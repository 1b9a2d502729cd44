// The command line of `naru intercept`, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace naru::daemon {

enum class InterceptAction { install, remove, show };

struct InterceptOptions {
  InterceptAction action{};
  std::vector<std::string> uids;  // numbers or names of users, as `sidecar_uids`
  std::vector<std::string> cgroups;
  bool everybody{};
  std::vector<std::string> sidecar_uids;
  std::vector<std::string> service_cidrs;
  std::vector<std::string> resolvers;
  std::optional<std::uint16_t> port;
  std::optional<std::uint16_t> dns_port;
  std::optional<std::string> config;
  bool dry_run{};
  bool json{};
};

/// The command and its own commands, which write to `options`. Returns the command.
CLI::App* add_intercept(CLI::App& app, InterceptOptions& options);

}  // namespace naru::daemon
