#include "daemon/source_routing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace naru::daemon {
namespace {

// How often is looked whether the last connection has ended; and how long its ends may take to say good-bye after that.
constexpr auto kLookEvery = std::chrono::seconds(2);

}  // namespace

bool SourceRouting::follow(const std::set<Family>& wanted) {
  wanted_ = wanted;
  const proxy::TransparentPaths before = paths_;
  failures_.clear();
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto& path = paths_[static_cast<std::size_t>(family)];
    if (!wanted.contains(family)) {
      path.reset();
      continue;
    }
    if (const auto added = routing_.add(family); !added) {
      failures_[family] = added.error().message;
      path.reset();
      continue;
    }
    if (path == nullptr) path = given_[family].lock();  // wanted again while still in use
    if (path == nullptr) path = std::make_shared<const proxy::TransparentPath>();
    given_[family] = path;
  }
  if (wanted_.empty() && !routing_.empty()) let_go_later();
  return paths_ != before;
}

bool SourceRouting::in_use() const {
  return !wanted_.empty() || std::ranges::any_of(given_, [](const auto& each) { return !each.second.expired(); });
}

/// Connections go on from clients' addresses when no policy asks for new ones.
void SourceRouting::let_go_later() {
  if (std::exchange(waiting_, true)) return;
  timer_.expires_after(kLookEvery);
  timer_.async_wait([this, was_used = in_use()](const boost::system::error_code& error) {
    if (error) return;
    waiting_ = false;
    if (!wanted_.empty()) return;
    if (was_used || in_use()) return let_go_later();
    routing_.clear();
    log::info("no connection is from a client's address any more: policy routing removed");
  });
}

void SourceRouting::remove_leftovers() {
  if (std::exchange(leftovers_removed_, true)) return;
  const auto removed = routing_.remove_leftovers();
  if (removed && *removed > 0) log::info("removed the policy routing that {} earlier naru had left behind", *removed);
}

std::vector<config::Issue> SourceRouting::issues() const {
  std::vector<config::Issue> all;
  for (const auto& [family, message] : failures_) {
    all.push_back({{},
                   {},
                   "sourceAddress",
                   fmt::format("{} clients' addresses cannot be kept towards endpoints: {}; Services whose policy says "
                               "Transparent are served from naru's own address meanwhile",
                               to_string(family), message)});
  }
  return all;
}

}  // namespace naru::daemon
