#include "config/map_keys.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace naru::config {
namespace {

Fault fault(const Value::Key& first, const Value::Key& again) {
  return {again.line, fmt::format("the key {} is given twice", quote(again.name)), first.line};
}

std::optional<Fault> in_few(const Value& map) {
  for (std::size_t i = 1; i < map.keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (map.keys[i].name == map.keys[j].name) return fault(map.keys[j], map.keys[i]);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fault> duplicate_key(const Value& map) {
  constexpr std::size_t kFew = 16;
  if (map.keys.size() <= kFew) return in_few(map);
  std::unordered_map<std::string_view, const Value::Key*> seen;
  for (const Value::Key& key : map.keys) {
    const auto [at, is_new] = seen.emplace(key.name, &key);
    if (!is_new) return fault(*at->second, key);
  }
  return std::nullopt;
}

}  // namespace naru::config
