// The programs for the kernel that naru carries with it: each *.bpf.c of this folder, compiled and embedded.
#pragma once

#include <cstddef>
#include <span>

namespace naru::bpf {

/// An ELF object as clang made it. Lives as long as the process.
struct Image {
  const char* name;
  std::span<const std::byte> bytes;
};

/// Which listening socket gets a new connection (steering.bpf.c, steering_layout.h).
[[nodiscard]] Image steering();

}  // namespace naru::bpf
