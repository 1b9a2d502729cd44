// Which prefixes this host must take for its own, kept in step with the addresses in force.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "config/meta.h"
#include "runtime/arp_guard.h"
#include "runtime/local_routes.h"

namespace naru::daemon {

/// The routes of the service CIDRs and of virtual addresses outside them. Thread: the control thread.
class Routes {
 public:
  explicit Routes(std::vector<Cidr> service_cidrs) : service_cidrs_(std::move(service_cidrs)) {}

  /// The host's kernel is not to speak ARP for these, wherever their routes lead: who does is decided elsewhere. Before
  /// add_missing().
  void keep_silent(const std::set<IpAddress>& addresses);
  /// The host has other interfaces or addresses than before.
  void interfaces_changed();
  /// Adds what is missing. Before a snapshot is published: its listeners need the addresses.
  void add_missing(const std::set<IpAddress>& addresses);
  /// Removes what is no longer needed, and what a killed naru has left behind. After the snapshot is in force: nobody
  /// listens there any more.
  void remove_surplus(const std::set<IpAddress>& addresses);

  [[nodiscard]] bool has_failures() const { return !failures_.empty() || !guard_failure_.empty(); }
  [[nodiscard]] std::vector<config::Issue> issues() const;

 private:
  void add(const Cidr& cidr);
  void guard(const std::set<IpAddress>& addresses);
  void remove_leftovers();

  std::vector<Cidr> service_cidrs_;
  runtime::ArpGuard guard_;  // before the routes, so that it goes after them
  std::set<IpAddress> silent_;
  std::set<IpAddress> guarded_;  // and those whose routes are still there
  std::string guard_failure_;
  runtime::LocalRoutes routes_;
  std::set<IpAddress> added_;
  std::map<Cidr, std::string> failures_;
  bool leftovers_removed_{false};
};

}  // namespace naru::daemon
