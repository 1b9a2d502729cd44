// What a process has learned of endpoints and clients, out of and into the state of another one.
#pragma once

#include <vector>

#include "daemon/estate.h"
#include "proxy/table.h"

namespace naru::daemon {

/// The endpoints that are out at `now` for having failed.
[[nodiscard]] std::vector<Ejection> ejections_in(const proxy::Table& table, TimePoint now);

/// Takes the same endpoints of the same Service ports out again, for what is left of their time.
void restore_ejections(const proxy::Table& table, const std::vector<Ejection>& ejections, TimePoint now);

/// All workers' together; the newest of what several know.
[[nodiscard]] std::vector<proxy::LearnedAffinity> affinity_of(const Estate& estate);

}  // namespace naru::daemon
