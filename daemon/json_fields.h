// Helpers that the to_json files share: fields that are left out when they are empty, as the API does.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace naru::daemon {

inline void set_text(boost::json::object& object, std::string_view key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

/// An array of to_value(item), left out when there are no items.
template <class Items, class ToValue>
void set_array(boost::json::object& object, std::string_view key, const Items& items, ToValue to_value) {
  if (items.empty()) return;
  boost::json::array array;
  for (const auto& item : items) array.emplace_back(to_value(item));
  object[key] = std::move(array);
}

inline constexpr auto as_is = [](const auto& item) { return item; };
inline constexpr auto as_text = [](const auto& item) { return item.to_string(); };

}  // namespace naru::daemon
