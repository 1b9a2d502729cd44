// One HTTP/2 connection (RFC 9113), either side, without I/O: bytes in, events out; messages in, bytes out.
//
// The frame layer is naru's own over nghttp2's HPACK: a proxy's frames are few and simple, and what a proxy must not do
// (queue without bound, copy content twice, wait for a peer that floods) is in the frame layer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace naru::http {

using H2StreamId = std::uint32_t;

enum class H2Error : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

/// What this side allows the other. Defaults are for an edge.
struct H2Limits {
  std::uint32_t concurrent_streams{100};   // that the peer may have open (server side)
  std::uint32_t stream_window{64 * 1024};  // bytes
  std::uint32_t connection_window{1024 * 1024};
  std::uint32_t header_table{4096};          // HPACK, both ways
  std::size_t header_list_bytes{60 * 1024};  // decoded, as RFC 9113 6.5.2 counts
  std::size_t header_fields{100};            // decoded, each cookie crumb counted (CVE-2026-47774)
  std::size_t continuation_frames{8};        // after one HEADERS (CVE-2024-27316)
  // Token buckets; a peer that empties one is told ENHANCE_YOUR_CALM and goes.
  std::uint32_t resets_burst{1000};  // streams reset by either side (CVE-2023-44487, CVE-2025-8671)
  std::uint32_t resets_per_second{33};
  std::uint32_t control_frames_burst{
      1000};  // PING, SETTINGS, PRIORITY, empty DATA, unknown: what makes work for nothing
  std::uint32_t control_frames_per_second{100};
  std::size_t output_bytes{1024 * 1024};  // queued control frames and heads; more: the peer does not read, and goes

  friend bool operator==(const H2Limits&, const H2Limits&) = default;
};

/// Why a session ended or a stream was refused by a limit: label of a metric, and what tests name.
enum class H2Fault : std::uint8_t {
  none,
  bad_preface,
  protocol,  // any other violation of RFC 9113
  compression,
  flow_control,
  frame_size,
  too_many_resets,
  too_many_control_frames,
  too_many_continuations,
  header_list_too_large,
  too_many_fields,
  output_overflow,
  too_many_streams,   // of one stream: refused
  malformed_message,  // of one stream: reset (RFC 9113 8.1.1)
};
[[nodiscard]] std::string_view to_string(H2Fault fault);

/// What a session tells its owner, within receive() and, where said, within calls that write. The owner may call the
/// session from inside each of these, but not destroy it.
class H2Events {
 public:
  /// Server side: a request begins on a new stream. `end`: it has no content. The head may be moved from.
  virtual void on_request(H2StreamId stream, RequestHead& head, bool end) noexcept = 0;
  /// Client side: a response or an interim one.
  virtual void on_response(H2StreamId stream, ResponseHead& head, bool end) noexcept = 0;
  /// Content; not empty unless `end`. All of it counts against the windows until consumed() is told; the bytes are
  /// valid only during the call.
  virtual void on_data(H2StreamId stream, std::string_view bytes, bool end) noexcept = 0;
  virtual void on_trailers(H2StreamId stream, FieldBlock& trailers) noexcept = 0;
  /// The stream ended before its time: by the peer's RST_STREAM, or by the session for a violation on it, or with the
  /// connection. Not called for streams that reset() ended. No more events for it.
  virtual void on_reset(H2StreamId stream, H2Error code, bool by_peer) noexcept = 0;
  /// send_data() would take bytes again, after it took fewer than it was given.
  virtual void on_writable(H2StreamId stream) noexcept = 0;
  /// The peer will take no new streams; those above `last` were not processed (client side: each of them is told by
  /// on_reset(refused_stream) after this).
  virtual void on_go_away(H2StreamId last, H2Error code) noexcept = 0;
  virtual void on_ping_ack(std::uint64_t payload) noexcept = 0;
  /// The peer's SETTINGS (max concurrent streams among them) have come or changed.
  virtual void on_settings() noexcept = 0;

 protected:
  ~H2Events() = default;
};

class H2Session {
 public:
  enum class Role : std::uint8_t { server, client };

  /// Queues the preface (client) and SETTINGS. `events` outlives the session.
  H2Session(Role role, const H2Limits& limits, H2Events& events);
  ~H2Session();
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  /// Takes all of `bytes`. False: the connection is over (fault() says why; a GOAWAY is queued: write output(), then
  /// close), and on_reset() was called for every stream.
  bool receive(std::string_view bytes, TimePoint now);
  [[nodiscard]] H2Fault fault() const;
  /// Faults that cost one stream, since the last call: for metrics.
  [[nodiscard]] H2Fault take_stream_fault();

  /// Bytes to be written to the connection, in order; tell what was written.
  [[nodiscard]] std::string_view output() const;
  void output_written(std::size_t size);

  /// Client side: begins a stream; nothing if the peer's limit of concurrent streams is reached, it said GOAWAY, or the
  /// stream numbers are used up.
  [[nodiscard]] std::optional<H2StreamId> send_request(const RequestHead& head, bool end);
  /// Server side: a response (with `end` a whole one) or an interim one. Hop-by-hop fields are left out (RFC
  /// 9113 8.2.2), names are lowered (unless the head's version is HTTP/2, whose names are lower-case already).
  void send_response(H2StreamId stream, const ResponseHead& head, bool end);
  /// As much of `bytes` as the windows and the output's bound allow; returns how many it took. `end` is sent with the
  /// last byte, and counts only if all were taken. Copied into frames of at most the peer's maximum (and 16 KiB).
  std::size_t send_data(H2StreamId stream, std::string_view bytes, bool end);
  void send_trailers(H2StreamId stream, const FieldBlock& trailers);
  /// Ends a stream; no more events for it. Without effect on one that has ended.
  void reset(H2StreamId stream, H2Error code);
  /// The owner is done with content of on_data(): gives the windows back.
  void consumed(H2StreamId stream, std::size_t size);

  /// Two steps (RFC 9113 6.8): first with last stream 2^31-1, so that what is under way is still taken; then with the
  /// true one, after which new streams are ignored.
  void announce_shutdown();
  void shut_down(H2Error code = H2Error::no_error);
  void ping(std::uint64_t payload);

  [[nodiscard]] std::size_t open_streams() const;
  /// Client side: how many more streams may be begun now.
  [[nodiscard]] std::size_t free_streams() const;
  [[nodiscard]] bool going_away() const;  ///< either side has said GOAWAY
  /// Part of a frame or of a head has come, and the rest has not; content does not count. A peer that leaves it at that
  /// must be timed out.
  [[nodiscard]] bool awaits_rest() const;
  /// Some open stream has bytes or a window to wait for: a peer that never opens it must be timed out.
  [[nodiscard]] bool waits_for_window() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace naru::http
