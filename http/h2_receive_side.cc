#include "http/h2_receive_side.h"

#include <algorithm>

namespace naru::http {

H2ReceiveSide::H2ReceiveSide(H2State& state, H2SendSide& send)
    : state_(state), send_(send), reader_(state.limits), preface_at_(state.server() ? 0 : kH2Preface.size()) {}

void H2ReceiveSide::receive(std::string_view bytes) {
  while (!bytes.empty() && !state_.over()) {
    if (preface_at_ < kH2Preface.size()) {
      take_preface(bytes);
    } else if (!data_.done()) {
      take_data(bytes);
    } else if (!in_frame_) {
      take_header(bytes);
    } else {
      take_payload(bytes);
    }
  }
}

bool H2ReceiveSide::awaits_rest() const {
  return !settings_seen_ || in_frame_ || !gathered_.empty() || block_.stream != 0;
}

void H2ReceiveSide::take_preface(std::string_view& bytes) {
  const std::size_t size = std::min(bytes.size(), kH2Preface.size() - preface_at_);
  if (bytes.substr(0, size) != kH2Preface.substr(preface_at_, size)) {
    return state_.fail(H2Fault::bad_preface, H2Error::protocol_error);
  }
  preface_at_ += size;
  bytes.remove_prefix(size);
}

/// True once `gathered_` has `wanted` bytes.
bool H2ReceiveSide::gather(std::string_view& bytes, std::size_t wanted) {
  const std::size_t size = std::min(bytes.size(), wanted - gathered_.size());
  gathered_.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return gathered_.size() == wanted;
}

void H2ReceiveSide::take_header(std::string_view& bytes) {
  if (gathered_.empty() && bytes.size() >= kH2FrameHeaderSize) {
    header_ = read_frame_header(bytes);
    bytes.remove_prefix(kH2FrameHeaderSize);
  } else {
    if (!gather(bytes, kH2FrameHeaderSize)) return;
    header_ = read_frame_header(gathered_);
    gathered_.clear();
  }
  in_frame_ = true;
  if (!admit()) return;
  if (header_.type == H2FrameType::data) {
    in_frame_ = false;
    begin_data();
  } else if (header_.size == 0) {
    on_frame({});
  }
}

void H2ReceiveSide::take_payload(std::string_view& bytes) {
  if (gathered_.empty() && bytes.size() >= header_.size) {
    const std::string_view payload = bytes.substr(0, header_.size);
    bytes.remove_prefix(header_.size);
    return on_frame(payload);
  }
  if (!gather(bytes, header_.size)) return;
  on_frame(gathered_);
  gathered_.clear();
  if (gathered_.capacity() > kH2MaxFrameSize / 4) gathered_ = {};  // an idle connection holds no buffers
}

/// What can be said before the payload has come.
bool H2ReceiveSide::admit() {
  const bool continues = header_.type == H2FrameType::continuation;
  if (continues != (block_.stream != 0) || (continues && header_.stream != block_.stream)) {
    state_.fail(H2Fault::protocol, H2Error::protocol_error);
    return false;
  }
  if (!settings_seen_ && (header_.type != H2FrameType::settings || header_.has(kH2Ack))) {
    state_.fail(H2Fault::bad_preface, H2Error::protocol_error);
    return false;
  }
  settings_seen_ = true;
  const auto violation = check_frame(header_);
  if (violation && !violation->stream_only) state_.fail(violation->fault, violation->error);
  return !state_.over();
}

void H2ReceiveSide::on_violation(const H2Violation& violation) {
  if (!violation.stream_only) return state_.fail(violation.fault, violation.error);
  if (may_be_closed(header_.stream)) state_.stream_failed(header_.stream, violation.fault, violation.error);
}

void H2ReceiveSide::on_frame(std::string_view payload) {
  in_frame_ = false;
  if (const auto violation = check_frame(header_)) return on_violation(*violation);
  switch (header_.type) {
    case H2FrameType::headers:
      on_headers(payload);
      break;
    case H2FrameType::continuation:
      on_continuation(payload);
      break;
    case H2FrameType::rst_stream:
      on_rst_stream(payload);
      break;
    case H2FrameType::window_update:
      on_window_update(payload);
      break;
    case H2FrameType::settings:
      on_settings(payload);
      break;
    case H2FrameType::ping:
      on_ping(payload);
      break;
    case H2FrameType::go_away:
      on_go_away(payload);
      break;
    default:  // PRIORITY, which RFC 9113 5.3.2 lets be ignored, and what is unknown
      state_.count_control_frame();
  }
  state_.check_output();
}

}  // namespace naru::http
