// What a relayed byte passes through: buffers and pipes, lent for as long as bytes are in transit.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/unique_fd.h"

namespace naru::proxy {

/// Last in, first out, so that the memory is still in the cache. One worker's.
class BufferPool {
 public:
  static constexpr std::size_t kSize = 64 * 1024;
  static constexpr std::size_t kBigSize = 256 * 1024;  // of Pools::big_buffers: fewer calls where much is to come
  using Buffer = std::unique_ptr<char[]>;

  explicit BufferPool(std::size_t size = kSize) : size_(size) {}

  [[nodiscard]] Buffer get();
  void put(Buffer buffer);

 private:
  static constexpr std::size_t kSpare = 32;  // kept when idle; a burst's rest goes back to the system
  const std::size_t size_;
  std::vector<Buffer> spare_;
};

/// Where splice(2) puts what is between two sockets.
struct Pipe {
  runtime::UniqueFd in;
  runtime::UniqueFd out;
};

class PipePool {
 public:
  // Measured against 256 KiB: a third less CPU per byte, as each side is woken less often. What is not used is not
  // allocated.
  static constexpr int kSize = 1024 * 1024;

  /// Nothing if the system has no more (descriptors, or pages for the user's pipes): copy, then.
  [[nodiscard]] std::optional<Pipe> get();
  /// Only an empty pipe: the next flow would send what is left in it.
  void put(Pipe pipe);

 private:
  static constexpr std::size_t kSpare = 16;
  std::vector<Pipe> spare_;
};

}  // namespace naru::proxy
