// Base64 (RFC 4648), as Secrets hold their values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace naru::config {

/// With its padding; line breaks and spaces are passed over. Errors (nothing): anything else.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace naru::config
