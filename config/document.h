// YAML and JSON text to trees of values.
#pragma once

#include <string_view>
#include <vector>

#include "config/value.h"

namespace naru::config {

inline constexpr int kDeepestNesting = 200;            // of lists and maps
inline constexpr std::size_t kMostExpanded = 100'000;  // values that aliases may add to one document

struct Documents {
  std::vector<Value> documents;  // those before the fault; empty ones are left out
  std::optional<Fault> fault;    // the first; syntax errors make what follows unreadable
};

/// One or more documents. JSON is taken as JSON first, so that tabs between tokens and \u surrogate pairs work.
/// Faults: syntax; a key given twice; too deep; aliases that expand without end.
[[nodiscard]] Documents parse_documents(std::string_view text);

/// The same by the full parser alone. Exposed so that a fuzz target can hold the fast one against it.
[[nodiscard]] Documents parse_full_yaml(std::string_view text);

}  // namespace naru::config
