// Where desired state comes from, as the control loop sees it.
#pragma once

#include <vector>

#include "config/objects.h"

namespace naru::config {

/// What changed since the last one. `errors` and `notices` are all that stand now, not only the new ones.
struct SourceUpdate {
  std::vector<Object> upserted;
  std::vector<ObjectKey> removed;
  std::vector<Issue> errors;   // what is wrong; what they name is not in force, or is as it was before it went wrong
  std::vector<Issue> notices;  // what was skipped, and why
  bool any_change{};           // an object, an error or a notice
};

/// Yields objects and then their changes. A key is in at most one of `upserted` and `removed`, and at most once.
///
/// Thread: all calls on the control thread. Nothing blocks but reading local files.
class Source {
 public:
  virtual ~Source() = default;

  /// Readable (level-triggered, by poll or epoll) while read_changes() has something to look at. Owned by the source.
  [[nodiscard]] virtual int fd() const = 0;

  /// The first call loads everything that there is. Later calls look only at what may have changed.
  [[nodiscard]] virtual SourceUpdate read_changes() = 0;

  /// Distrust what is remembered: the next read_changes() looks at everything again (SIGHUP).
  virtual void reload() = 0;
};

}  // namespace naru::config
