// The section `intercept` of NaruConfiguration. Private to config.
#pragma once

#include <span>

#include "config/configuration.h"
#include "config/reader.h"

namespace naru::config {

/// After `serviceCIDRs`, which are the default of `cidrs`.
void load_intercept(const Field& field, Configuration& configuration);
[[nodiscard]] std::span<const FieldDoc> intercept_fields();

}  // namespace naru::config
