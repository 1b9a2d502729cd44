#include "runtime/bpf_access.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/unique_fd.h"

namespace naru::runtime {
namespace {

std::uint64_t effective_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return 0;
  return std::uint64_t{data[1].effective} << 32 | data[0].effective;
}

/// 0, or the errno.
int try_to_load(bpf_prog_type type, bpf_attach_type attach) {
  // return 1
  const std::array<bpf_insn, 2> program{bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
                                        bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = attach;
  const UniqueFd fd(::bpf_prog_load(type, "naru_probe", "Dual MIT/GPL", program.data(), program.size(), &options));
  return fd ? 0 : errno;
}

std::string reason_of(BpfObstacle obstacle, int error_number) {
  constexpr std::string_view kAdvice = " is needed (run as root, or AmbientCapabilities= in the systemd unit)";
  switch (obstacle) {
    case BpfObstacle::no_cap_bpf:
      return fmt::format("CAP_BPF{}", kAdvice);
    case BpfObstacle::no_cap_net_admin:
      return fmt::format("CAP_NET_ADMIN{}", kAdvice);
    case BpfObstacle::unknown_program:
      return "this kernel does not know BPF programs of the kind (it is too old, or built without)";
    case BpfObstacle::refused:
      return fmt::format("the kernel refuses BPF: {} (a user namespace, lockdown or seccomp may be the cause)",
                         std::strerror(error_number));
    case BpfObstacle::none:
      break;
  }
  return {};
}

}  // namespace

BpfObstacle bpf_obstacle(std::uint64_t capabilities, int error_number) {
  const auto has = [&](int capability) {
    return (capabilities >> capability & 1) != 0 || (capabilities >> CAP_SYS_ADMIN & 1) != 0;
  };
  if (error_number == 0) return BpfObstacle::none;
  if (!has(CAP_BPF)) return BpfObstacle::no_cap_bpf;
  if (!has(CAP_NET_ADMIN)) return BpfObstacle::no_cap_net_admin;
  return error_number == EINVAL || error_number == ENOSYS ? BpfObstacle::unknown_program : BpfObstacle::refused;
}

BpfAccess bpf_access(bpf_prog_type type, bpf_attach_type attach) {
  const int error_number = try_to_load(type, attach);
  const BpfObstacle obstacle = bpf_obstacle(effective_capabilities(), error_number);
  return {obstacle, reason_of(obstacle, error_number)};
}

}  // namespace naru::runtime
