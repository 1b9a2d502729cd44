// `naru intercept`: writes, removes and shows the rules by which an application's connections come to its sidecar.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "config/intercept.h"
#include "daemon/intercept_options.h"
#include "runtime/intercept_rules.h"

namespace naru::daemon {

/// What the host knows.
struct InterceptHost {
  std::string resolv_conf;                                                 // the text of /etc/resolv.conf
  std::function<std::optional<std::uint32_t>(const std::string&)> uid_of;  // of a user's name
  std::function<Result<runtime::CgroupSelector>(const std::string&)> cgroup;

  static InterceptHost of_this_host();
};

/// What `naru intercept install` is to put in force. `configured`: what --config says. Errors: bad_input, of what was
/// said or of what is missing.
[[nodiscard]] Result<runtime::InterceptRules> intercept_rules(const InterceptOptions& options,
                                                              const std::optional<config::Intercept>& configured,
                                                              const InterceptHost& host);

/// Returns the exit code.
int run_intercept(const InterceptOptions& options, std::ostream& out, std::ostream& err);

}  // namespace naru::daemon
