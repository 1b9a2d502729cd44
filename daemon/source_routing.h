// The way back for connections that are made from clients' addresses: there while a policy asks for it, or a connection
// still needs it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/meta.h"
#include "proxy/table.h"
#include "runtime/transparent_routing.h"

namespace naru::daemon {

/// Thread: the control thread. Outlives the workers.
class SourceRouting {
 public:
  explicit SourceRouting(boost::asio::io_context& io) : timer_(io) {}

  /// Before a snapshot is published, and to try again what failed: `wanted` are the families of Service ports that are
  /// to be connected to from clients' addresses. True if paths() has changed.
  bool follow(const std::set<Family>& wanted);
  /// For the snapshot.
  [[nodiscard]] const proxy::TransparentPaths& paths() const { return paths_; }
  /// Once what is wanted is in force. Removes what a killed naru has left.
  void remove_leftovers();

  [[nodiscard]] bool has_failures() const { return !failures_.empty(); }
  [[nodiscard]] std::vector<config::Issue> issues() const;

 private:
  void let_go_later();
  [[nodiscard]] bool in_use() const;

  boost::asio::steady_timer timer_;
  runtime::TransparentRouting routing_;
  std::set<Family> wanted_;
  proxy::TransparentPaths paths_;
  std::map<Family, std::weak_ptr<const proxy::TransparentPath>> given_;  // as long as somebody holds one, it is used
  std::map<Family, std::string> failures_;
  bool leftovers_removed_{};
  bool waiting_{};
};

}  // namespace naru::daemon
