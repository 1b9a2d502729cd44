// The section `nodeLiveness` of NaruConfiguration. Private to config.
#pragma once

#include <span>

#include "config/configuration.h"
#include "config/reader.h"

namespace naru::config {

void load_node_liveness(const Field& field, NodeLiveness& liveness);
[[nodiscard]] std::span<const FieldDoc> node_liveness_fields();

}  // namespace naru::config
