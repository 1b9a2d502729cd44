// How many client connections each worker may have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace naru::daemon {

/// Of `configured` connections in all (0: not configured), on a host that gives the process `open_files` descriptors. A
/// connection takes two. What is left over is for the listeners, the files, and the servers that must answer when all
/// else is full. At least one.
[[nodiscard]] constexpr std::size_t connections_per_worker(std::int64_t configured, std::size_t open_files,
                                                           std::size_t workers) {
  constexpr std::size_t kLeft = 256;
  const std::size_t room = (open_files > kLeft ? open_files - kLeft : 0) / 2;
  const std::size_t all = configured > 0 ? static_cast<std::size_t>(configured) : room;
  return std::max<std::size_t>((all + workers - 1) / workers, 1);
}

}  // namespace naru::daemon
