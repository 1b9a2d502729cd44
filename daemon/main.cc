// The program: which command, and its exit code.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "daemon/check_command.h"
#include "daemon/command_line.h"
#include "daemon/get_command.h"
#include "daemon/host_state.h"
#include "daemon/intercept_command.h"
#include "daemon/plan_check.h"
#include "daemon/run_command.h"

namespace {

using namespace naru::daemon;

int dispatch(const RunOptions& options) {
  return run_daemon(options);
}

int dispatch(const CheckOptions& options) {
  return run_check(options, plan_issues, std::cout, std::cerr);
}

int dispatch(const GetOptions& options) {
  if (options.socket) return run_get(options, *options.socket, std::cout, std::cerr);
  const auto loaded = configuration_for(options.config);
  for (const auto& issue : loaded.errors) fmt::print(stderr, "{}\n", issue.to_string());
  if (!loaded.errors.empty()) return kExitBadInput;
  return run_get(options, loaded.value.admin_socket, std::cout, std::cerr);
}

int dispatch(const InterceptOptions& options) {
  return run_intercept(options, std::cout, std::cerr);
}

int dispatch(const VersionOptions&) {
  fmt::print("naru {}\n", NARU_VERSION);
  return kExitDone;
}

int dispatch(const ParsedExit& exit) {
  fmt::print(exit.code == 0 ? stdout : stderr, "{}", exit.text);
  return exit.code;
}

}  // namespace

int main(int argc, char** argv) try {
  const Command command = parse_command_line(argc, argv);
  return std::visit([](const auto& options) { return dispatch(options); }, command);
} catch (const std::exception& error) {
  fmt::print(stderr, "naru: cannot start: {}\n", error.what());
  return kExitCannotStart;
}
