// What the two halves of an HTTP/2 session share: streams, output, limits, and how either of them ends.
#pragma once

#include <string_view>

#include "http/h2_frame.h"
#include "http/h2_output.h"
#include "http/h2_streams.h"
#include "base/token_bucket.h"

namespace naru::http {

struct H2State {
  H2State(H2Session::Role session_role, const H2Limits& session_limits, H2Events& session_events);
  H2State(const H2State&) = delete;
  H2State& operator=(const H2State&) = delete;

  const H2Session::Role role;
  const H2Limits limits;
  H2Events& events;
  H2Streams streams;
  H2Output output;
  TimePoint now{};
  H2Fault fault{};                           // of the connection; it is over once there is one
  H2Fault stream_fault{};                    // the last one that cost a stream
  H2StreamId last_accepted{0};               // the peer's highest stream (server side)
  H2StreamId next_stream{1};                 // to be begun (client side)
  H2StreamId refused_above{kH2MaxStreamId};  // after our true GOAWAY
  std::int64_t receive_window;               // of the connection: what the peer may still send
  bool we_go_away{};
  bool peer_goes_away{};
  // Only what a client does to a server is counted: what a backend resets, this side had asked for.
  TokenBucket resets;
  TokenBucket control_frames;

  [[nodiscard]] bool server() const { return role == H2Session::Role::server; }
  [[nodiscard]] bool over() const { return fault != H2Fault::none; }
  [[nodiscard]] bool is_idle(H2StreamId id) const;
  /// Begun by the peer after our true GOAWAY, so that it is not even looked at.
  [[nodiscard]] bool beyond_go_away(H2StreamId id) const { return server() && id % 2 == 1 && id > refused_above; }

  /// A frame of `payload_size` bytes, of which the payload is to be written to what is returned.
  char* write_frame(H2FrameType type, std::uint8_t flags, H2StreamId stream, std::size_t payload_size);
  void write_reset(H2StreamId stream, H2Error code);
  void write_window_update(H2StreamId stream, std::uint32_t increment);
  void write_go_away(H2StreamId last, H2Error code);

  /// The connection ends, by us: GOAWAY, and on_reset() for every stream.
  void fail(H2Fault why, H2Error code);
  /// Ends it if more is queued than a peer that reads would leave.
  void check_output();
  /// The peer has made work for nothing. False: too often, and the connection is over.
  bool count_control_frame();
  bool count_reset();
  /// A violation on a stream, or a refusal of it: RST_STREAM, and on_reset() if the owner knows it.
  void stream_failed(H2StreamId id, H2Fault why, H2Error code);
  /// Closes `stream` if both sides have ended.
  void close_if_ended(H2Stream& stream);
  /// Content of streams that are gone, and padding, is given back at once.
  void give_back_connection(std::uint32_t size);
  void close(H2Stream& stream, H2Closed how);

 private:
  std::uint32_t to_give_back_{0};  // of the connection's window
};

}  // namespace naru::http
