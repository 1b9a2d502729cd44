// From the configuration to how DNS is served.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "daemon/watched_file.h"
#include "dns/options.h"
#include "dns/zone.h"

namespace naru::daemon {

[[nodiscard]] dns::PodNames pod_names(config::PodNames names);

/// Everything of `options` but where it listens and what it forwards.
void set_serving(const config::Configuration& configuration, const dns::CookieSecrets& secrets,
                 dns::WorkerOptions& options);

/// The configuration's hosts, then those of the hosts file, if there is one. What is wrong with it is an issue.
[[nodiscard]] std::vector<dns::HostRecord> hosts_of(const config::Configuration& configuration, const WatchedFile* file,
                                                    std::vector<config::Issue>& issues);

/// Secrets of the kernel's randomness.
class CookieRotation {
 public:
  CookieRotation() { rotate(); }
  /// A new secret; the one before stays good for checking.
  void rotate();
  [[nodiscard]] const dns::CookieSecrets& secrets() const { return secrets_; }

 private:
  dns::CookieSecrets secrets_;
  bool started_{};
};

}  // namespace naru::daemon
