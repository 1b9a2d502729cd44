// What BFD counts.
#pragma once

#include <array>

#include "base/counter.h"
#include "lb/bfd/types.h"

namespace naru::lb::bfd {

/// Of all sessions together. Written by the speaker's thread, read by any.
struct Counters {
  Counter received;  // and taken
  Counter sent;
  Counter send_failures;
  Counter detections;  // sessions lost by silence
  Counter stalls;      // turns of the loop that came too late to judge by, see SessionSet::elapse()
  std::array<Counter, kDiscards> discarded;
};

}  // namespace naru::lb::bfd
