// The clock that all decisions take as an argument.
#pragma once

#include <chrono>

namespace naru {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace naru
