#include "http/h2_session.h"

#include <utility>

#include "http/h2_receive_side.h"

namespace naru::http {

std::string_view to_string(H2Fault fault) {
  switch (fault) {
    case H2Fault::none:
      return "none";
    case H2Fault::bad_preface:
      return "bad_preface";
    case H2Fault::protocol:
      return "protocol";
    case H2Fault::compression:
      return "compression";
    case H2Fault::flow_control:
      return "flow_control";
    case H2Fault::frame_size:
      return "frame_size";
    case H2Fault::too_many_resets:
      return "too_many_resets";
    case H2Fault::too_many_control_frames:
      return "too_many_control_frames";
    case H2Fault::too_many_continuations:
      return "too_many_continuations";
    case H2Fault::header_list_too_large:
      return "header_list_too_large";
    case H2Fault::too_many_fields:
      return "too_many_fields";
    case H2Fault::output_overflow:
      return "output_overflow";
    case H2Fault::too_many_streams:
      return "too_many_streams";
    case H2Fault::malformed_message:
      return "malformed_message";
  }
  return "";
}

class H2Session::Impl {
 public:
  Impl(Role role, const H2Limits& limits, H2Events& events) : state(role, limits, events) {}

  H2State state;
  H2SendSide send{state};
  H2ReceiveSide receive{state, send};
};

H2Session::H2Session(Role role, const H2Limits& limits, H2Events& events)
    : impl_(std::make_unique<Impl>(role, limits, events)) {
  impl_->send.begin();
}

H2Session::~H2Session() = default;

bool H2Session::receive(std::string_view bytes, TimePoint now) {
  impl_->state.now = now;
  impl_->receive.receive(bytes);
  impl_->state.check_output();
  return !impl_->state.over();
}

H2Fault H2Session::fault() const {
  const H2State& state = impl_->state;
  if (!state.over() && state.output.size() > state.limits.output_bytes) return H2Fault::output_overflow;
  return state.fault;
}

H2Fault H2Session::take_stream_fault() {
  return std::exchange(impl_->state.stream_fault, H2Fault::none);
}

std::string_view H2Session::output() const {
  return impl_->state.output.view();
}

void H2Session::output_written(std::size_t size) {
  H2State& state = impl_->state;
  state.output.consume(size);
  impl_->send.wake();
  if (state.output.empty() && state.streams.count() == 0) state.output.shrink();
}

std::optional<H2StreamId> H2Session::send_request(const RequestHead& head, bool end) {
  return impl_->send.send_request(head, end);
}

void H2Session::send_response(H2StreamId stream, const ResponseHead& head, bool end) {
  impl_->send.send_response(stream, head, end);
}

std::size_t H2Session::send_data(H2StreamId stream, std::string_view bytes, bool end) {
  return impl_->send.send_data(stream, bytes, end);
}

void H2Session::send_trailers(H2StreamId stream, const FieldBlock& trailers) {
  impl_->send.send_trailers(stream, trailers);
}

void H2Session::reset(H2StreamId id, H2Error code) {
  H2State& state = impl_->state;
  H2Stream* stream = state.streams.find(id);
  if (stream == nullptr) return;
  state.write_reset(id, code);
  state.close(*stream, H2Closed::by_us);
}

void H2Session::consumed(H2StreamId stream, std::size_t size) {
  impl_->receive.consumed(stream, size);
}

void H2Session::announce_shutdown() {
  if (!impl_->state.over()) impl_->state.write_go_away(kH2MaxStreamId, H2Error::no_error);
}

void H2Session::shut_down(H2Error code) {
  H2State& state = impl_->state;
  if (state.over()) return;
  state.refused_above = state.last_accepted;
  state.write_go_away(state.last_accepted, code);
}

void H2Session::ping(std::uint64_t payload) {
  H2State& state = impl_->state;
  if (!state.over()) write_u64(state.write_frame(H2FrameType::ping, 0, 0, 8), payload);
}

std::size_t H2Session::open_streams() const {
  return impl_->state.streams.count();
}

std::size_t H2Session::free_streams() const {
  return impl_->send.free_streams();
}

bool H2Session::going_away() const {
  return impl_->state.we_go_away || impl_->state.peer_goes_away;
}

bool H2Session::awaits_rest() const {
  return impl_->receive.awaits_rest();
}

bool H2Session::waits_for_window() const {
  return impl_->send.waits_for_window();
}

}  // namespace naru::http
