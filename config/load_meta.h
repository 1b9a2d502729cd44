// metadata, and what loaders share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/kinds.h"
#include "config/objects.h"
#include "config/reader.h"

namespace naru::config {

/// metadata, checked as `info`'s kind wants it.
[[nodiscard]] Meta load_meta(const Field& object, const KindInfo& info);

/// What to call an object before anything about it is known to be right: "Service shop/web".
[[nodiscard]] std::string name_for_messages(const Value& object, std::string_view kind, bool namespaced);

/// A map of strings whose keys and values have the form of labels.
[[nodiscard]] Labels load_labels(const Field& labels);
[[nodiscard]] LabelSelector load_label_selector(const Field& selector);

/// The annotation naru.io/weight of an object.
[[nodiscard]] std::optional<int> load_weight(const Field& object);

/// A string that is not empty, since the API takes the empty string for none; checked by `check` (config/names.h).
[[nodiscard]] std::optional<std::string> load_name(const Field& field,
                                                   std::optional<std::string> (*check)(std::string_view));
[[nodiscard]] std::optional<std::string> nonempty(const Field& field);

/// TCP where there is nothing.
[[nodiscard]] Protocol load_protocol(const Field& field);

/// An address that can be served or connected to. Loopback is one: unlike a cluster's, naru's pods may live there.
[[nodiscard]] std::optional<IpAddress> load_servable_ip(const Field& field);
[[nodiscard]] std::optional<std::string> not_servable(const IpAddress& ip);  ///< why not

}  // namespace naru::config
