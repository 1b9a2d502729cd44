// Addresses that workers could not open, gathered into one message each.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace naru::daemon {

/// `Key` is proxy::FrontendKey or dns::ListenKey. Thread: the control thread.
template <class Key>
class ListenFailures {
 public:
  /// A worker's report: failed, or (nothing) open now.
  void report(unsigned worker, const Key& key, std::optional<Error> error) {
    auto& by_worker = failures_[key];
    if (error) {
      by_worker.insert_or_assign(worker, std::move(*error));
    } else {
      by_worker.erase(worker);
    }
    if (by_worker.empty()) failures_.erase(key);
  }
  /// The key is no longer wanted.
  void forget(const Key& key) { failures_.erase(key); }

  [[nodiscard]] bool empty() const { return failures_.empty(); }
  /// Null: no worker failed.
  [[nodiscard]] const Error* find(const Key& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? nullptr : &found->second.begin()->second;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, by_worker] : failures_) visit(key, by_worker.begin()->second);
  }

 private:
  std::map<Key, std::map<unsigned, Error>> failures_;
};

}  // namespace naru::daemon
