// Whether this process may use BPF here, and if not why.
#pragma once

#include <bpf/bpf.h>

#include <cstdint>
#include <string>

namespace naru::runtime {

enum class BpfObstacle : std::uint8_t {
  none,
  no_cap_bpf,        // neither CAP_BPF nor CAP_SYS_ADMIN
  no_cap_net_admin,  // nor CAP_SYS_ADMIN
  unknown_program,   // the kernel was built without, or is too old for, programs of the type
  refused,  // by the kernel in spite of capabilities: in a user namespace or container, by lockdown, by seccomp
};

struct BpfAccess {
  BpfObstacle obstacle{BpfObstacle::none};
  std::string reason;  // in words, with what to do; empty: nothing is in the way

  [[nodiscard]] explicit operator bool() const { return obstacle == BpfObstacle::none; }
};

/// Tries: loads the smallest program of that type, and lets it go.
[[nodiscard]] BpfAccess bpf_access(bpf_prog_type type, bpf_attach_type attach);

/// What stands in the way of a process with these effective capabilities (bit n: capability n), which got
/// `error_number` (0: none) when it tried. Pure.
[[nodiscard]] BpfObstacle bpf_obstacle(std::uint64_t capabilities, int error_number);

}  // namespace naru::runtime
