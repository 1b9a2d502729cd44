// The command line, as plain values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "daemon/intercept_options.h"

namespace naru::daemon {

/// Exit codes of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitBadInput = 1;
inline constexpr int kExitBadUsage = 2;
inline constexpr int kExitCannotStart = 3;

struct RunOptions {
  std::vector<std::string> paths;  // at least one; "-" is standard input
  std::optional<std::string> config;
  std::optional<std::string> node;
  std::optional<std::string> state_dir;  // "none": keep nothing
  std::optional<unsigned> workers;       // 0: one per core
  log::Level log_level{log::Level::info};
  bool take_over{};  // from the naru that serves the admin socket
};

struct CheckOptions {
  std::vector<std::string> paths;
  std::optional<std::string> config;
};

enum class OutputFormat { table, wide, json, yaml };

struct GetOptions {
  std::string what;  // "services", as the admin API calls it
  std::optional<std::string> name;
  std::optional<std::string> name_space;
  OutputFormat output{OutputFormat::table};
  std::optional<std::string> config;
  std::optional<std::string> socket;
};

struct VersionOptions {};

/// Nothing to run: print the text and exit.
struct ParsedExit {
  int code{};
  std::string text;  // to standard output if the code is 0, else to standard error
};

using Command = std::variant<RunOptions, CheckOptions, GetOptions, InterceptOptions, VersionOptions, ParsedExit>;

/// "naru 0.1.0"
[[nodiscard]] std::string version_text();

[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace naru::daemon
