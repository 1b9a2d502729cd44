// JSON values in block-style YAML, as kubectl prints objects.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace naru::daemon {

/// Ends with a line end. Strings that YAML (1.1 or 1.2) would read as anything else are quoted.
[[nodiscard]] std::string to_yaml(const boost::json::value& value);

}  // namespace naru::daemon
