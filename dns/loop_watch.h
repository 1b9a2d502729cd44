// Whether an upstream sends our questions back to us.
//
// Now and then each upstream is asked for a name that nobody else can know. Whoever of our workers is asked for that
// name knows: that upstream leads back here. It is not asked any more, until a later probe does not come back.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "dns/name.h"

namespace naru::dns {

/// All workers' one, and of one process: any thread.
class LoopWatch {
 public:
  struct Probe {
    std::size_t upstream{};
    std::uint32_t round{};
    friend bool operator==(const Probe&, const Probe&) = default;
  };

  /// `secret`: random. `upstreams`: how many.
  LoopWatch(std::uint64_t secret, std::size_t upstreams);

  /// A round of probes if it is time for one. Of the workers that ask one gets it.
  [[nodiscard]] std::optional<std::uint32_t> begin_round(TimePoint now);
  /// What to ask the upstream of `probe` for; below `apex`, for one that is asked for nothing else.
  [[nodiscard]] Name name_of(const Probe& probe, const Name& apex) const;
  /// The probe that a name (lower-case wire) is; nothing for nearly all names, at the cost of a comparison.
  [[nodiscard]] std::optional<Probe> probe_of(std::string_view name) const;

  /// A probe came back to us. True: it is news that this upstream loops.
  bool came_back(const Probe& probe);
  /// The upstream answered a probe. True: it is news that it does not loop any more.
  bool answered(const Probe& probe);
  [[nodiscard]] bool loops(std::size_t upstream) const {
    return cells_[upstream].loops.load(std::memory_order_relaxed);
  }

  static constexpr Duration kInterval = std::chrono::seconds(30);

 private:
  struct Cell {
    std::atomic<bool> loops{false};
    std::atomic<std::uint32_t> last_back{0};  // the round whose probe came back
  };

  std::string secret_;  // as it begins each name: a label's length, and its first 16 characters
  std::vector<Cell> cells_;
  std::atomic<std::uint32_t> round_{0};
  std::atomic<Duration::rep> next_round_{0};
};

}  // namespace naru::dns
