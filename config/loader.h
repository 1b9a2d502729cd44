// Text to objects and issues.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/objects.h"

namespace naru::config {

/// An object of a kind that naru does not read.
struct Skipped {
  std::string api_version;
  std::string kind;
  Location location;
};

struct Loaded {
  std::vector<Object> objects;  // in the order of the text
  std::vector<Issue> errors;
  std::vector<Skipped> skipped;
};

/// All documents of `text`, whose lines count from `origin`. Reads on after a bad object; a syntax error ends it.
/// Threads: any, at once.
[[nodiscard]] Loaded load_documents(std::string_view text, const Origin& origin);

/// Why `text` cannot be a file of objects at all (binary, not UTF-8, too large); nothing: it may be one.
[[nodiscard]] std::optional<Issue> unfit(std::string_view text, const Origin& origin);

inline constexpr std::size_t kLargestFile = std::size_t{64} << 20;

/// One notice for each kind that was skipped, however often.
[[nodiscard]] std::vector<Issue> notices_of(const std::vector<Skipped>& skipped);

}  // namespace naru::config
