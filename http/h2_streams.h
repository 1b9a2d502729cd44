// The streams of one HTTP/2 connection that are open, and a short memory of those that were.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "http/h2_id_map.h"
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
  /// Null if it is not open.
  [[nodiscard]] H2Stream* find(H2StreamId id) const { return open_.find(id); }
  /// A stream in its first state; valid until close(). The memory of closed ones is used again.
  H2Stream& open(H2StreamId id);
  void close(H2Stream& stream, H2Closed how);
  /// What was reset, or refused before it was open. Complete streams need no memory.
  void remember(H2StreamId id, H2Closed how);
  [[nodiscard]] std::size_t count() const { return open_.size(); }
  /// Those open now, in order, so that they may be ended meanwhile.
  [[nodiscard]] std::vector<H2StreamId> ids() const;
  template <class Visit>
  void for_each(Visit&& visit) {
    open_.for_each(visit);
  }
  /// How a recent one ended before its time; nothing of those long ago.
  [[nodiscard]] std::optional<H2Closed> how_closed(H2StreamId id) const;

 private:
  static constexpr std::size_t kRemembered = 256;
  struct Past {
    H2StreamId id{};
    H2Closed how{};
  };

  H2IdMap<H2Stream> open_;
  std::deque<H2Stream> memory_;
  std::vector<H2Stream*> spare_;
  std::vector<Past> past_;  // as long as there were any, at most kRemembered
  std::size_t past_next_{0};
};

}  // namespace naru::http
