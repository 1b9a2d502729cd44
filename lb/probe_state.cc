#include "lb/probe_state.h"

namespace naru::lb {

std::string_view to_string(ProbeResult result) {
  switch (result) {
    case ProbeResult::success:
      return "success";
    case ProbeResult::not_connected:
      return "not_connected";
    case ProbeResult::timed_out:
      return "timed_out";
    case ProbeResult::bad_response:
      return "bad_response";
    case ProbeResult::bad_status:
      return "bad_status";
    case ProbeResult::not_serving:
      return "not_serving";
  }
  return "?";
}

ProbeState::Change ProbeState::observe(ProbeResult result, const ProbeThresholds& thresholds) {
  const bool success = result == ProbeResult::success;
  in_row_ = success == healthy_ ? 0 : in_row_ + 1;
  const int needed = healthy_ ? thresholds.unhealthy : thresholds.healthy;
  if (in_row_ == 0 || in_row_ < needed) return Change::none;
  in_row_ = 0;
  healthy_ = success;
  return healthy_ ? Change::recovered : Change::failed;
}

Duration first_probe_after(Duration interval, Random& random) {
  constexpr std::uint32_t kParts = 1U << 16;
  return interval / kParts * random.below(kParts);
}

Duration next_probe_after(Duration interval, Random& random) {
  return interval - interval / 10 + first_probe_after(interval / 5, random);
}

}  // namespace naru::lb
