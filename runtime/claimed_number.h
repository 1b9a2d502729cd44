// Numbers that tell the processes of one network namespace apart, and the living from the dead.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// A number that no other process in this network namespace has under the same name. It is claimed by binding an
/// abstract Unix socket, which goes with the process, whatever ends it. What a process leaves behind in the namespace
/// under its number is a dead one's exactly if the number can be claimed.
struct ClaimedNumber {
  std::uint32_t value{};  // from 1
  UniqueFd claim;         // held as long as this is open

  /// Errors: the system call's.
  [[nodiscard]] static Result<ClaimedNumber> any(std::string_view name);
};

/// The claim to `number`, or nothing (errno says why; EADDRINUSE: a living process has it).
[[nodiscard]] UniqueFd claim_number(std::string_view name, std::uint32_t number);

}  // namespace naru::runtime
