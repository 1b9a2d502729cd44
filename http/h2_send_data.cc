// Content, and the peer's windows that it has to fit in.
#include <algorithm>
#include <utility>

#include "http/h2_send_side.h"

namespace naru::http {

std::size_t H2SendSide::room_for(const H2Stream& stream) const {
  if (state_.output.size() >= data_queue_) return 0;
  const std::int64_t window = std::min({stream.send_window, window_, std::int64_t{kH2MaxFrameSize}});
  return static_cast<std::size_t>(std::max<std::int64_t>(0, window));
}

std::size_t H2SendSide::send_data(H2StreamId id, std::string_view bytes, bool end) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr || stream->local_ended) return bytes.size();  // it was reset: nobody waits for them
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.size(), room_for(*stream));
    if (size == 0) break;
    write_data(*stream, rest.substr(0, size), end && size == rest.size());
    rest.remove_prefix(size);
  }
  if (bytes.empty() && end) write_data(*stream, {}, true);
  stream->waiting = !rest.empty();
  if (stream->waiting) wait(*stream);
  ended(*stream, end && rest.empty());
  return bytes.size() - rest.size();
}

void H2SendSide::write_data(H2Stream& stream, std::string_view bytes, bool end) {
  char* to = state_.write_frame(H2FrameType::data, end ? kH2EndStream : 0, stream.id, bytes.size());
  std::ranges::copy(bytes, to);
  window_ -= static_cast<std::int64_t>(bytes.size());
  stream.send_window -= static_cast<std::int64_t>(bytes.size());
  // Peers that measure their bandwidth send a PING for what they get; those must not look like a flood.
  state_.control_frames.give_back();
}

void H2SendSide::wait(H2Stream& stream) {
  if (!std::exchange(stream.queued, true)) queue_.push_back(stream.id);
}

bool H2SendSide::waits_for_window() {
  bool waits = false;
  state_.streams.for_each([&](const H2Stream& stream) { waits = waits || stream.waiting; });
  return waits;
}

/// Those that find no room are asked first the next time; those that were asked wait behind them if they must again.
void H2SendSide::wake() {
  if (queue_.empty() || waking_ || window_ <= 0 || state_.output.size() >= data_queue_) return;
  waking_ = true;
  asked_.swap(queue_);
  for (const H2StreamId id : asked_) {
    H2Stream* stream = state_.streams.find(id);
    if (stream == nullptr) continue;
    if (stream->waiting && room_for(*stream) == 0) {
      left_.push_back(id);
      continue;
    }
    stream->queued = false;
    if (std::exchange(stream->waiting, false)) state_.events.on_writable(id);
  }
  left_.insert(left_.end(), queue_.begin(), queue_.end());
  queue_.swap(left_);
  asked_.clear();
  left_.clear();
  waking_ = false;
}

void H2SendSide::wake_one(H2StreamId id) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr || !stream->waiting || room_for(*stream) == 0) return;
  stream->waiting = false;  // it stays in the queue, where it is passed over
  state_.events.on_writable(id);
}

void H2SendSide::open_window(H2StreamId id, std::uint32_t increment) {
  if (id == 0) return open_connection_window(increment);
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr) return;
  stream->send_window += increment;
  if (stream->send_window > std::int64_t{kH2MaxWindow}) {
    return state_.stream_failed(id, H2Fault::flow_control, H2Error::flow_control_error);
  }
  wake_one(id);
}

void H2SendSide::open_connection_window(std::uint32_t increment) {
  window_ += increment;
  if (window_ > std::int64_t{kH2MaxWindow}) return state_.fail(H2Fault::flow_control, H2Error::flow_control_error);
  wake();
}

void H2SendSide::apply(const H2Setting& setting) {
  switch (setting.id) {
    case H2SettingId::header_table_size:
      return encoder_.set_table_size(setting.value);
    case H2SettingId::max_concurrent_streams:
      peer_streams_ = setting.value;
      return;
    case H2SettingId::initial_window_size:
      return change_initial_window(setting.value);
    default:
      return;
  }
}

/// Of open streams too, which may make a window negative (RFC 9113 6.9.2).
void H2SendSide::change_initial_window(std::uint32_t size) {
  const std::int64_t change = std::int64_t{size} - std::int64_t{initial_window_};
  initial_window_ = size;
  bool overflow = false;
  state_.streams.for_each([&](H2Stream& stream) {
    stream.send_window += change;
    overflow = overflow || stream.send_window > std::int64_t{kH2MaxWindow};
  });
  if (overflow) state_.fail(H2Fault::flow_control, H2Error::flow_control_error);
}

}  // namespace naru::http
