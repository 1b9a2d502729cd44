// What is shown of a session.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "lb/bfd/types.h"

namespace naru::lb::bfd {

struct SessionInfo {
  SessionKey key;
  SessionSettings settings;
  State state{State::down};
  Diagnostic diagnostic{};  // why it is in this state
  TimePoint since{};        // when it came into it
  State remote_state{State::down};
  Diagnostic remote_diagnostic{};
  std::uint32_t local_discriminator{};
  std::uint32_t remote_discriminator{};  // 0: nothing heard
  Micros transmit_interval{};            // before jitter
  Duration detection_time{};             // 0: nothing heard
  std::uint64_t received{};
  std::uint64_t sent{};
  std::uint64_t times_up{};
  std::uint64_t times_down{};        // from Up
  std::optional<std::string> fault;  // why its packets cannot be sent or heard now
};

}  // namespace naru::lb::bfd
