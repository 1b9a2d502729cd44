// On which interfaces an address is announced.
#pragma once

#include <set>
#include <string>

namespace naru::lb::layer2 {

/// All that are fit for it (see eligible()), or those of these names alone: an empty `names` with `all` false is
/// nowhere.
struct InterfaceSelection {
  bool all{true};
  std::set<std::string> names;  // empty where `all`

  [[nodiscard]] static InterfaceSelection only(std::set<std::string> names) { return {false, std::move(names)}; }

  /// Widens this by `other`: several advertisements of one pool add up.
  void include(const InterfaceSelection& other) {
    all = all || other.all;
    if (all) return names.clear();
    names.insert(other.names.begin(), other.names.end());
  }

  friend bool operator==(const InterfaceSelection&, const InterfaceSelection&) = default;
};

}  // namespace naru::lb::layer2
