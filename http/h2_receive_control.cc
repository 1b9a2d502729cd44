// Frames that are not a message's: SETTINGS, PING, GOAWAY, WINDOW_UPDATE, RST_STREAM.
#include "http/h2_receive_side.h"

namespace naru::http {

void H2ReceiveSide::on_settings(std::string_view payload) {
  if (header_.has(kH2Ack)) return on_settings_ack();
  // Each setting may touch every stream, so that a frame full of them is more than one frame's work.
  constexpr std::size_t kSettingsPerToken = 16;
  const std::size_t tokens = 1 + payload.size() / (kSettingsPerToken * kH2SettingSize);
  for (std::size_t i = 0; i < tokens; ++i) {
    if (!state_.count_control_frame()) return;
  }
  for (; !payload.empty() && !state_.over(); payload.remove_prefix(kH2SettingSize)) {
    const H2Setting setting = read_setting(payload);
    if (const auto violation = check_setting(setting, !state_.server())) return on_violation(*violation);
    send_.apply(setting);
  }
  if (state_.over()) return;
  state_.write_frame(H2FrameType::settings, kH2Ack, 0, 0);
  state_.events.on_settings();
  send_.wake();
}

void H2ReceiveSide::on_settings_ack() {
  if (settings_acks_due_ == 0) {
    state_.count_control_frame();
    return;
  }
  --settings_acks_due_;
  decoder_.set_table_size(state_.limits.header_table);
}

void H2ReceiveSide::on_ping(std::string_view payload) {
  if (header_.has(kH2Ack)) return state_.events.on_ping_ack(read_u64(payload));
  if (!state_.count_control_frame()) return;
  payload.copy(state_.write_frame(H2FrameType::ping, kH2Ack, 0, payload.size()), payload.size());
}

void H2ReceiveSide::on_go_away(std::string_view payload) {
  if (!state_.count_control_frame()) return;
  const H2StreamId last = read_u32(payload) & kH2MaxStreamId;
  state_.peer_goes_away = true;
  state_.events.on_go_away(last, static_cast<H2Error>(read_u32(payload.substr(4))));
  if (state_.server()) return;
  for (const H2StreamId id : state_.streams.ids()) {
    H2Stream* stream = id > last ? state_.streams.find(id) : nullptr;
    if (stream == nullptr) continue;
    state_.close(*stream, H2Closed::by_peer);
    state_.events.on_reset(id, H2Error::refused_stream, true);
  }
}

/// Whether a frame about a stream that is not open may come: not for one that was never begun (RFC 9113 5.1).
bool H2ReceiveSide::may_be_closed(H2StreamId id) {
  if (state_.is_idle(id) && !state_.beyond_go_away(id)) state_.fail(H2Fault::protocol, H2Error::protocol_error);
  return !state_.over();
}

void H2ReceiveSide::on_window_update(std::string_view payload) {
  const std::uint32_t increment = read_u32(payload) & kH2MaxWindow;
  const H2StreamId id = header_.stream;
  if (id != 0 && !may_be_closed(id)) return;
  if (increment != 0) return send_.open_window(id, increment);
  if (id == 0) return state_.fail(H2Fault::protocol, H2Error::protocol_error);
  state_.stream_failed(id, H2Fault::protocol, H2Error::protocol_error);
}

void H2ReceiveSide::on_rst_stream(std::string_view payload) {
  const H2StreamId id = header_.stream;
  if (!may_be_closed(id)) return;
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr) {
    state_.count_control_frame();
    return;
  }
  if (!state_.count_reset()) return;
  state_.close(*stream, H2Closed::by_peer);
  state_.events.on_reset(id, static_cast<H2Error>(read_u32(payload)), true);
}

/// A frame of a message, on a stream that has ended (RFC 9113 5.1).
void H2ReceiveSide::on_closed_stream(H2StreamId id) {
  const auto how = state_.streams.how_closed(id);
  if (state_.beyond_go_away(id)) return;
  if (how == H2Closed::by_peer) {
    state_.stream_failed(id, H2Fault::protocol, H2Error::stream_closed);
  } else if (!how && state_.server()) {
    state_.fail(H2Fault::protocol, H2Error::stream_closed);
  } else if (header_.type != H2FrameType::data) {
    // It was on its way when we ended the stream, or may have been: a client of a backend has more to lose than to win
    // by strictness. Content need not be counted: the stream's window, which is not opened any more, bounds it.
    state_.count_control_frame();
  }
}

}  // namespace naru::http
