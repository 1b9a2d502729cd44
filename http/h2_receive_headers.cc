// HEADERS and CONTINUATION: field blocks, and the messages that they begin or end.
#include "http/h2_receive_side.h"

namespace naru::http {

void H2ReceiveSide::on_headers(std::string_view payload) {
  const auto part = field_block_of(header_, payload);
  if (!part) return state_.fail(H2Fault::protocol, H2Error::protocol_error);
  if (header_.has(kH2EndHeaders)) return on_block(header_.stream, *part, header_.has(kH2EndStream));
  block_ = {header_.stream, header_.has(kH2EndStream), 0, std::string(*part)};
}

void H2ReceiveSide::on_continuation(std::string_view payload) {
  if (++block_.frames > state_.limits.continuation_frames) {
    return state_.fail(H2Fault::too_many_continuations, H2Error::enhance_your_calm);
  }
  block_.bytes.append(payload);
  if (!header_.has(kH2EndHeaders)) return;
  const Block block = std::move(block_);
  block_ = {};
  on_block(block.stream, block.bytes, block.end);
}

void H2ReceiveSide::on_block(H2StreamId id, std::string_view block, bool end) {
  H2Stream* stream = state_.streams.find(id);
  if (stream == nullptr) {
    const bool begins = state_.server() && id % 2 == 1 && id > state_.last_accepted && !state_.beyond_go_away(id);
    return begins ? on_request(id, block, end) : on_block_of_no_stream(id, block);
  }
  if (stream->remote_ended) {
    reader_.begin_ignored();
    if (decode(block)) state_.stream_failed(id, H2Fault::protocol, H2Error::stream_closed);
    return;
  }
  stream->head_received ? on_trailers(*stream, block, end) : on_response(*stream, block, end);
}

/// False: the connection is over.
bool H2ReceiveSide::decode(std::string_view block) {
  const bool good = decoder_.decode(block, [this](std::string_view name, std::string_view value, bool sensitive) {
    reader_.add(name, value, sensitive);
  });
  if (!good) {
    state_.fail(H2Fault::compression, H2Error::compression_error);
  } else if (reader_.flood()) {
    const bool many = reader_.finish(true) == H2HeadVerdict::too_many;
    state_.fail(many ? H2Fault::too_many_fields : H2Fault::header_list_too_large, H2Error::enhance_your_calm);
  }
  return !state_.over();
}

/// Even of a stream that is gone, it must be decoded: HPACK's table is the connection's.
void H2ReceiveSide::on_block_of_no_stream(H2StreamId id, std::string_view block) {
  if (!may_be_closed(id)) return;
  reader_.begin_ignored();
  if (decode(block)) on_closed_stream(id);
}

void H2ReceiveSide::on_request(H2StreamId id, std::string_view block, bool end) {
  state_.last_accepted = id;
  if (state_.streams.count() >= state_.limits.concurrent_streams) {
    reader_.begin_ignored();
    if (decode(block)) state_.stream_failed(id, H2Fault::too_many_streams, H2Error::refused_stream);
    return;
  }
  reader_.begin(request_);
  if (!decode(block)) return;
  const H2HeadVerdict verdict = reader_.finish(end);
  if (verdict == H2HeadVerdict::good) return open_request(id, end);
  head_failed(id, verdict);
  if (verdict == H2HeadVerdict::malformed || state_.over()) return;
  send_.refuse_head(id);
  if (!end) state_.write_reset(id, H2Error::no_error);  // RFC 9113 8.1
}

void H2ReceiveSide::open_request(H2StreamId id, bool end) {
  H2Stream& stream = state_.streams.open(id);
  stream.send_window = send_.initial_window();
  stream.receive_window = state_.limits.stream_window;
  stream.head_received = true;
  stream.remote_ended = end;
  if (request_.body.framing == Framing::length) stream.left = request_.body.length;
  state_.control_frames.give_back();
  state_.events.on_request(id, request_, end);
}

void H2ReceiveSide::on_response(H2Stream& stream, std::string_view block, bool end) {
  const H2StreamId id = stream.id;
  reader_.begin(response_);
  if (!decode(block)) return;
  const H2HeadVerdict verdict = reader_.finish(end, stream.no_content);
  if (verdict != H2HeadVerdict::good) return head_failed(id, verdict);
  if (!response_.interim()) {
    stream.head_received = true;
    stream.remote_ended = end;
    if (response_.body.framing == Framing::length) stream.left = response_.body.length;
    if (stream.no_content || response_.status == 204 || response_.status == 304) stream.left = 0;
    state_.control_frames.give_back();
  }
  state_.events.on_response(id, response_, end);
  H2Stream* still = end ? state_.streams.find(id) : nullptr;
  if (still != nullptr) state_.close_if_ended(*still);
}

void H2ReceiveSide::on_trailers(H2Stream& stream, std::string_view block, bool end) {
  const H2StreamId id = stream.id;
  reader_.begin_trailers(trailers_);
  if (!decode(block)) return;
  H2HeadVerdict verdict = reader_.finish(true);
  // A second head, or an end before all of the content has come.
  if (verdict == H2HeadVerdict::good && (!end || stream.left.value_or(0) != 0)) verdict = H2HeadVerdict::malformed;
  if (verdict != H2HeadVerdict::good) return head_failed(id, verdict);
  stream.remote_ended = true;
  state_.events.on_trailers(id, trailers_);
  if (H2Stream* still = state_.streams.find(id)) state_.close_if_ended(*still);
}

/// A request's stream is not open yet: one that is malformed is reset, one that is too large is answered.
void H2ReceiveSide::head_failed(H2StreamId id, H2HeadVerdict verdict) {
  if (verdict == H2HeadVerdict::malformed) {
    return state_.stream_failed(id, H2Fault::malformed_message, H2Error::protocol_error);
  }
  const H2Fault why = verdict == H2HeadVerdict::too_many ? H2Fault::too_many_fields : H2Fault::header_list_too_large;
  if (state_.streams.find(id) != nullptr) return state_.stream_failed(id, why, H2Error::enhance_your_calm);
  state_.stream_fault = why;
  if (state_.count_reset()) state_.streams.remember(id, H2Closed::by_us);
}

}  // namespace naru::http
