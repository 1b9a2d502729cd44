// Whole Ethernet frames of one interface, in and out.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "lb/layer2/wire.h"
#include "runtime/unique_fd.h"

namespace naru::lb::layer2 {

enum class FrameKind : std::uint8_t { arp, ndp };
using Frame = std::vector<std::uint8_t>;

/// What became of a batch.
struct Sent {
  std::size_t frames{};  // from the front
  int error{};           // what stopped the next one; 0: nothing did
};

/// An AF_PACKET socket bound to an interface. A filter in the kernel lets nothing in but ARP, or neighbour
/// solicitations and advertisements, so that the host's other traffic costs nothing here. Non-blocking.
class PacketSocket {
 public:
  static constexpr std::size_t kBatch = 64;

  /// Errors: permission (with what to do), or that the interface is gone.
  [[nodiscard]] static Result<PacketSocket> open(unsigned interface_index, FrameKind kind);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Calls on_frame with each of up to kBatch frames that are there; returns how many it were.
  std::size_t receive(const std::function<void(Bytes)>& on_frame);
  /// Up to kBatch frames.
  [[nodiscard]] Sent send(std::span<const Frame> frames);
  /// Frames that the kernel dropped since the last call because we did not read fast enough.
  [[nodiscard]] std::uint64_t lost();

 private:
  explicit PacketSocket(runtime::UniqueFd fd) : fd_(std::move(fd)) {}
  runtime::UniqueFd fd_;
};

}  // namespace naru::lb::layer2
