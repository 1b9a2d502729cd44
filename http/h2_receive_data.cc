// DATA, its windows and its length.
#include <algorithm>

#include "http/h2_receive_side.h"

namespace naru::http {

void H2ReceiveSide::begin_data() {
  if (!may_be_closed(header_.stream)) return;
  state_.receive_window -= header_.size;
  if (state_.receive_window < 0) return state_.fail(H2Fault::flow_control, H2Error::flow_control_error);
  data_ = {.stream = receiver_of_data(),
           .content = header_.size,
           .padding_size_next = header_.has(kH2Padded),
           .end = header_.has(kH2EndStream)};
  if (state_.over()) return;
  if (H2Stream* stream = state_.streams.find(data_.stream)) {
    stream->receive_window -= header_.size;
    stream->unconsumed += header_.size;
  } else {
    data_.stream = 0;
    state_.give_back_connection(header_.size);
  }
  if (data_.done()) deliver({});
  if (header_.size == 0 && data_.padding_size_next) state_.fail(H2Fault::protocol, H2Error::frame_size_error);
}

/// The stream, if it may get content now; 0 if not, after what has to be done about it.
H2StreamId H2ReceiveSide::receiver_of_data() {
  const H2StreamId id = header_.stream;
  const H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr) {
    on_closed_stream(id);
  } else if (stream->remote_ended) {
    state_.stream_failed(id, H2Fault::protocol, H2Error::stream_closed);
  } else if (!stream->head_received) {
    state_.stream_failed(id, H2Fault::malformed_message, H2Error::protocol_error);
  } else if (header_.size != 0 && header_.size > stream->receive_window + window_grace()) {
    state_.stream_failed(id, H2Fault::flow_control, H2Error::flow_control_error);
  } else {
    return id;
  }
  return 0;
}

/// Until the peer has our SETTINGS it may go by the default (RFC 9113 6.9.2).
std::int64_t H2ReceiveSide::window_grace() const {
  const std::int64_t ours = state_.limits.stream_window;
  return settings_acks_due_ == 0 ? 0 : std::max<std::int64_t>(0, kH2DefaultWindow - ours);
}

void H2ReceiveSide::take_data(std::string_view& bytes) {
  if (data_.padding_size_next) return take_padding_size(bytes);
  if (data_.content != 0) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), data_.content));
    const std::string_view part = bytes.substr(0, size);
    bytes.remove_prefix(size);
    data_.content -= size;
    return deliver(part);
  }
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), data_.padding));
  bytes.remove_prefix(size);
  data_.padding -= size;
}

void H2ReceiveSide::take_padding_size(std::string_view& bytes) {
  data_.padding_size_next = false;
  data_.padding = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  if (data_.padding + 1 > data_.content) {
    data_.content = data_.padding = 0;
    return state_.fail(H2Fault::protocol, H2Error::protocol_error);
  }
  data_.content -= data_.padding + 1;
  consumed(data_.stream, data_.padding + 1);
  if (data_.content == 0) deliver({});
}

/// The next part of the frame, or the whole of an empty one.
void H2ReceiveSide::deliver(std::string_view bytes) {
  const bool end = data_.end && data_.content == 0;
  if (bytes.empty() && !end) {
    state_.count_control_frame();
    return;
  }
  const H2StreamId id = data_.stream;
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr) return;
  if (stream->left && (bytes.size() > *stream->left || (end && bytes.size() < *stream->left))) {
    return state_.stream_failed(id, H2Fault::malformed_message, H2Error::protocol_error);
  }
  if (stream->left) *stream->left -= bytes.size();
  if (!bytes.empty()) state_.control_frames.give_back();
  stream->remote_ended = end;
  state_.events.on_data(id, bytes, end);
  stream = end ? state_.streams.find(id) : nullptr;
  if (stream != nullptr) state_.close_if_ended(*stream);
}

void H2ReceiveSide::consumed(H2StreamId id, std::size_t size) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr || state_.over()) return;  // what it had was given back when it ended
  const auto given = static_cast<std::uint32_t>(std::min<std::size_t>(size, stream->unconsumed));
  stream->unconsumed -= given;
  state_.give_back_connection(given);
  stream->to_give_back += given;
  if (stream->remote_ended || stream->to_give_back == 0) return;
  if (stream->to_give_back < state_.limits.stream_window / 2) return;
  state_.write_window_update(id, stream->to_give_back);
  stream->receive_window += stream->to_give_back;
  stream->to_give_back = 0;
}

}  // namespace naru::http
