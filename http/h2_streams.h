// The streams of one HTTP/2 connection that are open, and a short memory of those that were.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "http/h2_session.h"

namespace naru::http {

/// The session's own part of a stream; whether it is half-closed is said by `local_ended` and `remote_ended`.
struct H2Stream {
  H2StreamId id{};
  std::int64_t send_window{};         // may be negative (RFC 9113 6.9.2)
  std::int64_t receive_window{};      // what the peer may still send
  std::uint32_t unconsumed{};         // received and not yet given back
  std::uint32_t to_give_back{};       // consumed, and not yet told to the peer
  std::optional<std::uint64_t> left;  // of the content that content-length promised
  bool local_ended{};
  bool remote_ended{};
  bool head_received{};  // the request, or the final response
  bool no_content{};     // a response to HEAD
  bool waiting{};        // send_data() took less than it was given
  bool queued{};         // waiting, and in H2SendSide's queue
};

/// How a stream ended: what is still to be expected of a peer that may not know yet.
enum class H2Closed : std::uint8_t { complete, by_us, by_peer };

class H2Streams {
 public:
  H2Streams() : slots_(kFirstSlots) {}

  /// Null if it is not open.
  [[nodiscard]] H2Stream* find(H2StreamId id) const {
    for (std::size_t at = home(id);; at = next(at)) {
      if (slots_[at] == nullptr || slots_[at]->id == id) return slots_[at];
    }
  }
  /// A stream in its first state; valid until close(). The memory of closed ones is used again.
  H2Stream& open(H2StreamId id);
  void close(H2Stream& stream, H2Closed how);
  /// What was reset, or refused before it was open. Complete streams need no memory.
  void remember(H2StreamId id, H2Closed how);
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Those open now, so that they may be ended meanwhile.
  [[nodiscard]] std::vector<H2StreamId> ids() const;
  template <class Visit>
  void for_each(Visit&& visit) {
    for (H2Stream* stream : slots_) {
      if (stream != nullptr) visit(*stream);
    }
  }
  /// How a recent one ended before its time; nothing of those long ago.
  [[nodiscard]] std::optional<H2Closed> how_closed(H2StreamId id) const;

 private:
  static constexpr std::size_t kFirstSlots = 16;  // a power of two, as ever
  static constexpr std::size_t kRemembered = 256;
  struct Past {
    H2StreamId id{};
    H2Closed how{};
  };

  // Open addressing, at most half full. The ids are multiplied (Knuth) because neighbours next to each other would
  // make one long run, all of which erase() would have to walk.
  [[nodiscard]] std::size_t home(H2StreamId id) const { return (id * 0x9e3779b1U >> 16) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void insert(H2Stream* stream);
  void erase(std::size_t at);
  void grow();

  std::vector<H2Stream*> slots_;
  std::size_t count_{0};
  std::deque<H2Stream> memory_;
  std::vector<H2Stream*> spare_;
  std::vector<Past> past_;  // as long as there were any, at most kRemembered
  std::size_t past_next_{0};
};

}  // namespace naru::http
