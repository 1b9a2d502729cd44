#include "http/h2_state.h"

#include <algorithm>

namespace naru::http {

H2State::H2State(H2Session::Role session_role, const H2Limits& session_limits, H2Events& session_events)
    : role(session_role),
      limits(session_limits),
      events(session_events),
      receive_window(std::max(kH2DefaultWindow, session_limits.connection_window)),
      resets(session_limits.resets_burst, session_limits.resets_per_second),
      control_frames(session_limits.control_frames_burst, session_limits.control_frames_per_second) {}

/// Not begun yet by the side that would.
bool H2State::is_idle(H2StreamId id) const {
  const bool clients = id % 2 == 1;
  if (server()) return clients ? id > last_accepted : true;
  return clients ? id >= next_stream : true;
}

char* H2State::write_frame(H2FrameType type, std::uint8_t flags, H2StreamId stream, std::size_t payload_size) {
  const std::size_t size = kH2FrameHeaderSize + payload_size;
  char* to = output.reserve(size);
  write_frame_header(to, {static_cast<std::uint32_t>(payload_size), type, flags, stream});
  output.commit(size);
  return to + kH2FrameHeaderSize;
}

void H2State::write_reset(H2StreamId stream, H2Error code) {
  write_u32(write_frame(H2FrameType::rst_stream, 0, stream, 4), static_cast<std::uint32_t>(code));
}

void H2State::write_window_update(H2StreamId stream, std::uint32_t increment) {
  write_u32(write_frame(H2FrameType::window_update, 0, stream, 4), increment);
}

void H2State::write_go_away(H2StreamId last, H2Error code) {
  char* to = write_frame(H2FrameType::go_away, 0, 0, 8);
  write_u32(to, last);
  write_u32(to + 4, static_cast<std::uint32_t>(code));
  we_go_away = true;
}

void H2State::fail(H2Fault why, H2Error code) {
  if (over()) return;
  fault = why;
  write_go_away(last_accepted, code);
  for (const H2StreamId id : streams.ids()) {
    if (H2Stream* stream = streams.find(id)) {
      close(*stream, H2Closed::by_us);
      events.on_reset(id, code, false);
    }
  }
}

void H2State::check_output() {
  if (output.size() > limits.output_bytes) fail(H2Fault::output_overflow, H2Error::enhance_your_calm);
}

bool H2State::count_control_frame() {
  if (!control_frames.take(now)) fail(H2Fault::too_many_control_frames, H2Error::enhance_your_calm);
  return !over();
}

bool H2State::count_reset() {
  if (server() && !resets.take(now)) fail(H2Fault::too_many_resets, H2Error::enhance_your_calm);
  return !over();
}

void H2State::stream_failed(H2StreamId id, H2Fault why, H2Error code) {
  stream_fault = why;
  if (!count_reset()) return;
  write_reset(id, code);
  H2Stream* stream = streams.find(id);
  if (stream == nullptr) return streams.remember(id, H2Closed::by_us);
  close(*stream, H2Closed::by_us);
  events.on_reset(id, code, false);
}

void H2State::close_if_ended(H2Stream& stream) {
  if (stream.local_ended && stream.remote_ended) close(stream, H2Closed::complete);
}

void H2State::close(H2Stream& stream, H2Closed how) {
  give_back_connection(stream.unconsumed);
  streams.close(stream, how);
}

void H2State::give_back_connection(std::uint32_t size) {
  to_give_back_ += size;
  if (over() || to_give_back_ == 0 || to_give_back_ < limits.connection_window / 2) return;
  write_window_update(0, to_give_back_);
  receive_window += to_give_back_;
  to_give_back_ = 0;
}

}  // namespace naru::http
