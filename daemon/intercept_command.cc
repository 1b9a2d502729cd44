#include "daemon/intercept_command.h"

#include <pwd.h>

#include <fstream>
#include <iterator>
#include <ostream>

#include "daemon/command_line.h"
#include "daemon/host_state.h"
#include "daemon/intercept_shown.h"
#include "runtime/cgroup.h"
#include "runtime/intercept_table.h"

namespace naru::daemon {
namespace {

int exit_code_of(const Error& error) {
  return error.code == Errc::bad_input || error.code == Errc::not_found ? kExitBadInput : kExitCannotStart;
}

int failed(const Error& error, std::string_view action, std::ostream& err) {
  err << "naru intercept " << action << ": " << error.message << "\n";
  return exit_code_of(error);
}

int install(const InterceptOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<config::Intercept> configured;
  if (options.config) {
    const auto loaded = configuration_for(options.config);
    for (const config::Issue& issue : loaded.errors) err << issue.to_string() << "\n";
    if (!loaded.errors.empty()) return kExitBadInput;
    configured = loaded.value.intercept;
  }
  const auto rules = intercept_rules(options, configured, InterceptHost::of_this_host());
  if (!rules) {
    const int code = failed(rules.error(), "install", err);
    return rules.error().code == Errc::bad_input ? kExitBadUsage : code;
  }
  if (options.dry_run) {
    out << runtime::intercept_script(*rules);
    return kExitDone;
  }
  const auto done = runtime::install_intercept(*rules);
  return done ? kExitDone : failed(done.error(), "install", err);
}

int remove(std::ostream& out, std::ostream& err) {
  const auto removed = runtime::remove_intercept();
  if (!removed) return failed(removed.error(), "remove", err);
  if (!*removed) out << "nothing was intercepted\n";
  return kExitDone;
}

int show(const InterceptOptions& options, std::ostream& out, std::ostream& err) {
  const auto read = runtime::read_intercept();
  if (!read) return failed(read.error(), "show", err);
  std::optional<InterceptShown> shown;
  if (*read) {
    auto parsed = parse_intercept(**read);
    if (!parsed) return failed(parsed.error(), "show", err);
    shown = std::move(*parsed);
  }
  out << (options.json ? intercept_json(shown) : shown ? intercept_text(*shown) : "nothing is intercepted\n");
  return kExitDone;
}

}  // namespace

InterceptHost InterceptHost::of_this_host() {
  std::ifstream file("/etc/resolv.conf");
  InterceptHost host;
  host.resolv_conf = {std::istreambuf_iterator<char>(file), {}};
  host.uid_of = [](const std::string& name) -> std::optional<std::uint32_t> {
    const passwd* user = ::getpwnam(name.c_str());
    return user == nullptr ? std::nullopt : std::optional(user->pw_uid);
  };
  host.cgroup = runtime::find_cgroup;
  return host;
}

int run_intercept(const InterceptOptions& options, std::ostream& out, std::ostream& err) {
  switch (options.action) {
    case InterceptAction::install:
      return install(options, out, err);
    case InterceptAction::remove:
      return remove(out, err);
    case InterceptAction::show:
      break;
  }
  return show(options, out, err);
}

}  // namespace naru::daemon
