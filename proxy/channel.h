// One direction of a relayed TCP connection.
#pragma once

#include <cstdint>
#include <optional>

#include "proxy/buffers.h"
#include "proxy/exchange.h"

namespace naru::proxy {

/// A connected socket, and what its loop has said of it. Edge-triggered: a flag stays until a call says EAGAIN.
struct Peer {
  runtime::UniqueFd fd;
  bool readable{};
  bool writable{};
  bool ended{};    // its FIN has come: what is queued is all there is
  bool urgent{};   // it has sent urgent data, at which reads stop short: only EAGAIN means empty, then
  bool failed{};   // it reported an error
  bool aborted{};  // and that was a reset or time-out without a FIN before it

  void note(std::uint32_t epoll_events);
};

struct Pools {
  BufferPool buffers;
  BufferPool big_buffers{BufferPool::kBigSize};
  PipePool pipes;
};

/// How far a pump() came.
enum class Progress : std::uint8_t {
  blocked,   // until the next event of one of the two
  yielded,   // there is more to do, and others have waited long enough
  finished,  // the source has ended, and all it sent is passed on; not its end yet
  source_failed,
  sink_failed,
};

/// Moves bytes from one Peer to another in order, at most one buffer or pipe ahead: when the sink does not take them
/// the source is not read. Copies while the flow is small, and splices once it turns bulky.
class Channel {
 public:
  enum class From : std::uint8_t { client, endpoint };
  /// What passes is told to `exchange`, which outlives this.
  Channel(From from, Exchange& exchange) : exchange_(exchange), from_(from) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] Progress pump(Peer& source, Peer& sink, Pools& pools);

  /// The sink takes nothing any more: what the source sends is read and dropped.
  void discard(Pools& pools);
  /// Begins again with `bytes`, for another sink, in place of what is held.
  void rewind(std::string_view bytes, Pools& pools);
  /// Begins with `bytes` (at most BufferPool::kSize), which were read of the source before this.
  void preload(std::string_view bytes, Pools& pools);
  /// Goes on with another source after one that ended without a byte.
  void new_source() { source_ended_ = false; }

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  /// Since the last rewind().
  [[nodiscard]] std::uint64_t bytes_passed() const { return bytes_passed_; }
  /// The source has ended.
  [[nodiscard]] bool source_ended() const { return source_ended_; }
  [[nodiscard]] bool discarding() const { return discarding_; }

 private:
  enum class Step : std::uint8_t { moved, blocked, failed };

  [[nodiscard]] bool holds_bytes() const { return begin_ != end_ || in_pipe_ != 0; }
  Step fill(Peer& source, Pools& pools);
  Step copy_in(Peer& source, Pools& pools);
  Step splice_in(Peer& source);
  Step drain(Peer& sink, Pools& pools);
  Step after_read(Peer& source, long got, std::size_t room);
  Step after_write(Peer& sink, long sent, std::size_t wanted);
  void release(Pools& pools);
  void tell_copied(std::string_view bytes);
  void tell_spliced(std::uint64_t size);

  BufferPool::Buffer buffer_;
  std::size_t begin_{0};
  std::size_t end_{0};
  std::optional<Pipe> pipe_;
  std::size_t in_pipe_{0};
  std::uint64_t bytes_read_{0};
  std::uint64_t bytes_passed_{0};
  Exchange& exchange_;
  const From from_;
  std::uint8_t bulky_reads_{0};
  bool bulk_{false};
  bool source_ended_{false};
  bool discarding_{false};
};

}  // namespace naru::proxy
