// Which fields may come after the content.
#pragma once

#include "http/fields.h"

namespace naru::http {

/// False for what a recipient must not learn that late, because it may have acted on the head alone: framing, routing,
/// authentication, conditions and content format (RFC 9110 6.5.1), and what says who asked.
[[nodiscard]] bool may_be_trailer(std::string_view name, FieldName id);

}  // namespace naru::http
