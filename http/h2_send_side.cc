#include "http/h2_send_side.h"

#include <algorithm>

namespace naru::http {

H2SendSide::H2SendSide(H2State& state)
    : state_(state),
      encoder_(state.limits.header_table),
      data_queue_(std::min(kDataQueue, state.limits.output_bytes / 2)) {}

void H2SendSide::begin() {
  if (!state_.server()) state_.output.append(kH2Preface);
  write_settings();
  const auto window = state_.limits.connection_window;
  if (window > kH2DefaultWindow) state_.write_window_update(0, window - kH2DefaultWindow);
}

void H2SendSide::write_settings() {
  const H2Limits& limits = state_.limits;
  const auto list_size = static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_list_bytes, kH2MaxWindow));
  const H2Setting role_setting = state_.server()
                                     ? H2Setting{H2SettingId::max_concurrent_streams, limits.concurrent_streams}
                                     : H2Setting{H2SettingId::enable_push, 0};
  const std::array<H2Setting, 4> settings = {role_setting,
                                             H2Setting{H2SettingId::initial_window_size, limits.stream_window},
                                             H2Setting{H2SettingId::max_header_list_size, list_size},
                                             H2Setting{H2SettingId::header_table_size, limits.header_table}};
  char* to = state_.write_frame(H2FrameType::settings, 0, 0, settings.size() * kH2SettingSize);
  for (const H2Setting& setting : settings) {
    write_setting(to, setting);
    to += kH2SettingSize;
  }
}

std::size_t H2SendSide::free_streams() const {
  if (state_.over() || state_.we_go_away || state_.peer_goes_away || state_.next_stream > kH2MaxStreamId) return 0;
  const std::size_t open = state_.streams.count();
  const std::size_t numbers = (kH2MaxStreamId - state_.next_stream) / 2 + 1;
  return open >= peer_streams_ ? 0 : std::min(peer_streams_ - open, numbers);
}

std::optional<H2StreamId> H2SendSide::send_request(const RequestHead& head, bool end) {
  if (free_streams() == 0) return std::nullopt;
  const H2StreamId id = state_.next_stream;
  state_.next_stream += 2;
  H2Stream& stream = state_.streams.open(id);
  stream.send_window = initial_window_;
  stream.receive_window = state_.limits.stream_window;
  stream.no_content = head.method == Method::head;
  write_block(id, writer_.request(head), end);
  ended(stream, end);
  return id;
}

void H2SendSide::send_response(H2StreamId id, const ResponseHead& head, bool end) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr || stream->local_ended) return;
  write_block(id, writer_.response(head), end);
  ended(*stream, end);
}

void H2SendSide::send_trailers(H2StreamId id, const FieldBlock& trailers) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr || stream->local_ended) return;
  const auto fields = writer_.trailers(trailers);
  if (fields.empty()) {
    state_.write_frame(H2FrameType::data, kH2EndStream, id, 0);
  } else {
    write_block(id, fields, true);
  }
  ended(*stream, true);
}

void H2SendSide::refuse_head(H2StreamId id) {
  ResponseHead head;
  head.status = 431;
  head.fields.add(FieldName::content_length, "0");
  write_block(id, writer_.response(head), true);
}

void H2SendSide::ended(H2Stream& stream, bool end) {
  if (!end) return;
  stream.local_ended = true;
  stream.waiting = false;
  state_.close_if_ended(stream);
}

void H2SendSide::write_block(H2StreamId id, std::span<const nghttp2_nv> fields, bool end) {
  const std::size_t bound = encoder_.bound(fields);
  if (bound > kH2MaxFrameSize) return write_long_block(id, fields, end, bound);
  char* to = state_.output.reserve(kH2FrameHeaderSize + bound);
  const std::size_t size = encoder_.encode(fields, to + kH2FrameHeaderSize, bound);
  const std::uint8_t flags = end ? kH2EndHeaders | kH2EndStream : kH2EndHeaders;
  write_frame_header(to, {static_cast<std::uint32_t>(size), H2FrameType::headers, flags, id});
  state_.output.commit(kH2FrameHeaderSize + size);
}

void H2SendSide::write_long_block(H2StreamId id, std::span<const nghttp2_nv> fields, bool end, std::size_t bound) {
  long_block_.resize(bound);
  std::string_view rest(long_block_.data(), encoder_.encode(fields, long_block_.data(), bound));
  H2FrameType type = H2FrameType::headers;
  do {
    const std::string_view part = rest.substr(0, kH2MaxFrameSize);
    rest.remove_prefix(part.size());
    unsigned flags = rest.empty() ? kH2EndHeaders : 0U;
    if (end && type == H2FrameType::headers) flags |= kH2EndStream;
    char* to = state_.write_frame(type, static_cast<std::uint8_t>(flags), id, part.size());
    std::ranges::copy(part, to);
    type = H2FrameType::continuation;
  } while (!rest.empty());
  long_block_ = {};
}

}  // namespace naru::http
