// When a busy event loop does better to wait a moment before it looks again.
#pragma once

#include "base/time.h"

namespace naru::runtime {

// Measured: of a small relayed request, most of what can be saved are wake-ups, of the loop itself and of those that it
// writes to. Forty microseconds gather the next few events; of a request among many, which waits for hundreds, they
// are a small part.
inline constexpr Duration kModerationPause = std::chrono::microseconds(40);
// With fewer under way each of them would wait the longer for it, and no others would come meanwhile.
inline constexpr int kModeratedAwaited = 16;
// What comes one by one is not dense enough to gather, however many wait for something.
inline constexpr int kModeratedSteps = 2;

/// How long to pause before the next look for events, as network cards moderate their interrupts. `awaited`: answers
/// that are bound to come, though not when. `steps`: requests and answers that the last turn of the loop dealt with.
[[nodiscard]] constexpr Duration moderation_pause(int awaited, int steps) {
  const bool gathers = awaited >= kModeratedAwaited && steps >= kModeratedSteps;
  return gathers ? kModerationPause : Duration::zero();
}

}  // namespace naru::runtime
