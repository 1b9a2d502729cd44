#include "daemon/routes.h"

#include <iterator>

#include "base/log.h"

namespace naru::daemon {

void Routes::add(const Cidr& cidr) {
  const auto added = routes_.add(cidr);
  if (added) {
    failures_.erase(cidr);
  } else {
    failures_[cidr] = added.error().message;
  }
}

void Routes::keep_silent(const std::set<IpAddress>& addresses) {
  silent_ = addresses;
  std::set<IpAddress> all = guarded_;
  all.insert(addresses.begin(), addresses.end());
  guard(all);
}

void Routes::guard(const std::set<IpAddress>& addresses) {
  if (addresses == guarded_ && guard_failure_.empty()) return;
  const auto held = guard_.hold(addresses);
  guard_failure_ = held ? std::string() : held.error().message;
  guarded_ = addresses;
}

void Routes::interfaces_changed() {
  if (guarded_.empty()) return;
  const auto refreshed = guard_.refresh();
  guard_failure_ = refreshed ? std::string() : refreshed.error().message;
}

void Routes::add_missing(const std::set<IpAddress>& addresses) {
  // Adding again what is there costs nothing, and is how a failure is tried again.
  for (const Cidr& cidr : service_cidrs_) add(cidr);
  for (const IpAddress& ip : addresses) {
    if (added_.contains(ip)) continue;
    add(Cidr::host(ip));
    if (!failures_.contains(Cidr::host(ip))) added_.insert(ip);
  }
}

void Routes::remove_surplus(const std::set<IpAddress>& addresses) {
  for (auto it = added_.begin(); it != added_.end();) {
    if (addresses.contains(*it)) {
      ++it;
    } else {
      routes_.remove(Cidr::host(*it));
      it = added_.erase(it);
    }
  }
  guard(silent_);
  std::erase_if(failures_, [&](const auto& failure) {
    const Cidr& cidr = failure.first;
    return cidr.prefix_length() == cidr.base().bits() && !addresses.contains(cidr.base());
  });
  remove_leftovers();
}

/// Once, when all that is wanted is there: a prefix that is wanted again then has no gap.
void Routes::remove_leftovers() {
  if (leftovers_removed_) return;
  leftovers_removed_ = true;
  const auto removed = routes_.remove_leftovers();
  if (removed && *removed > 0) log::info("removed {} local routes that an earlier naru had left behind", *removed);
  if (removed) static_cast<void>(guard_.remove_leftovers());
}

std::vector<config::Issue> Routes::issues() const {
  std::vector<config::Issue> all;
  for (const auto& [cidr, message] : failures_) all.push_back({{}, {}, {}, message});
  if (!guard_failure_.empty()) all.push_back({{}, {}, {}, guard_failure_});
  return all;
}

}  // namespace naru::daemon
