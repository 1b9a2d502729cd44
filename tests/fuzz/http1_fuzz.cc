// Whatever arrives: a head or chunked content comes to the same however it is cut, and what is accepted is written as
// something that is read as the same message.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/h1_chunked.h"
#include "http/h1_parser.h"
#include "http/h1_writer.h"

namespace naru::http {
namespace {

using State = HeadResult::State;

void check(bool truth) {
  if (!truth) std::abort();
}

/// A copy on the heap of exactly this size, so that a read past it is seen.
std::string piece_of(std::string_view bytes, std::size_t size) {
  std::string piece(bytes.substr(0, size));
  piece.shrink_to_fit();
  return piece;
}

template <class Head, class Parse>
HeadResult parse_both(std::string_view bytes, std::size_t step, Head& head, Parse&& parse) {
  Head other;
  HeadResult pieces;
  for (std::size_t size = 0; size < bytes.size() && pieces.state == State::incomplete;) {
    size = std::min(size + step, bytes.size());
    pieces = parse(piece_of(bytes, size), pieces.scanned, other);
  }
  const HeadResult whole = parse(piece_of(bytes, bytes.size()), 0, head);
  check(whole.state == pieces.state && whole.fault == pieces.fault && whole.size == pieces.size);
  check(whole.state == State::complete || (head.fields.empty() && head.fields.bytes() == 0));
  check(whole.size <= bytes.size());
  return whole;
}

const HeadLimits kLimits{4096, 20};

void check_chunked(std::string_view bytes, std::size_t step);

HeadResult parse_request(std::string_view bytes, std::size_t scanned, RequestHead& head) {
  return parse_request_head(bytes, scanned, kLimits, head);
}

void check_rewritten(const RequestHead& head) {
  std::string once;
  append_request_head(once, head, head.keep_alive);
  RequestHead again;
  const HeadResult result = parse_request_head(once, 0, {}, again);
  check(result.state == State::complete && result.size == once.size());
  check(again.method == head.method && again.text(again.method_text) == head.text(head.method_text));
  check(again.text(again.path) == head.text(head.path) && again.text(again.authority) == head.text(head.authority));
  check(again.body == head.body && again.keep_alive == head.keep_alive && again.upgrade == head.upgrade);
  check(again.te_trailers == head.te_trailers);
  std::string twice;
  append_request_head(twice, again, again.keep_alive);
  check(once == twice);
}

void check_request(std::string_view bytes, std::size_t step) {
  RequestHead head;
  const HeadResult result = parse_both(bytes, step, head, parse_request);
  if (result.state != State::complete) return;
  check_rewritten(head);
  if (head.body.framing == Framing::chunked) check_chunked(bytes.substr(result.size), step);
}

void check_rewritten(const ResponseHead& head, Method method) {
  std::string once;
  const bool to_head = method == Method::head;
  append_response_head(once, head, Version::http11, head.keep_alive, to_head);
  ResponseHead again;
  const HeadResult result = parse_response_head(once, 0, {}, method, again);
  check(result.state == State::complete && result.size == once.size());
  check(again.status == head.status && again.body == head.body);
  std::string twice;
  append_response_head(twice, again, Version::http11, again.keep_alive, to_head);
  check(once == twice);
}

void check_response(std::string_view bytes, std::size_t step, Method method) {
  ResponseHead head;
  const HeadResult result =
      parse_both(bytes, step, head, [method](std::string_view come, std::size_t scanned, ResponseHead& into) {
        return parse_response_head(come, scanned, kLimits, method, into);
      });
  if (result.state != State::complete) return;
  check_rewritten(head, method);
  if (head.body.framing == Framing::chunked) check_chunked(bytes.substr(result.size), step);
}

struct Content {
  ChunkedDecoder::Step::State state{};
  H1Fault fault{};
  std::size_t used{};
  std::string data;
  std::string trailers;
};

Content dechunk(std::string_view bytes, std::size_t step) {
  using Step = ChunkedDecoder::Step;
  ChunkedDecoder decoder(kLimits);
  Content out;
  for (std::size_t at = 0; at < bytes.size() && out.state <= Step::State::data; at += step) {
    const std::string piece = piece_of(bytes.substr(at), step);
    for (std::string_view rest = piece; !rest.empty() && out.state <= Step::State::data;) {
      const Step got = decoder.next(rest);
      check(got.used <= rest.size() && (got.state != Step::State::data || !got.data.empty()));
      check(got.state != Step::State::more || got.used == rest.size());
      out.state = got.state;
      out.fault = got.fault;
      out.used += got.used;
      out.data.append(got.data);
      rest.remove_prefix(got.used);
    }
  }
  if (out.state == Step::State::data) out.state = Step::State::more;
  append_last_chunk(out.trailers, decoder.trailers());
  return out;
}

void check_chunked(std::string_view bytes, std::size_t step) {
  const Content whole = dechunk(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Content pieces = dechunk(bytes, step);
  check(whole.state == pieces.state && whole.fault == pieces.fault && whole.data == pieces.data);
  if (whole.state != ChunkedDecoder::Step::State::done) return;
  check(whole.used == pieces.used && whole.trailers == pieces.trailers);
  std::string again;
  if (!whole.data.empty()) {
    append_chunk_size(again, whole.data.size());
    again.append(whole.data).append("\r\n");
  }
  again.append(whole.trailers);
  const Content reread = dechunk(again, again.size());
  check(reread.used == again.size() && reread.data == whole.data && reread.trailers == whole.trailers);
}

/// The first two bytes say what it is and how it is cut: "q1GET / HTTP/1.1".
void run(std::string_view input) {
  if (input.size() < 2) return;
  const std::size_t step = input[1] > '0' ? static_cast<std::size_t>(input[1] - '0') : 1;
  const std::string_view bytes = input.substr(2);
  switch (input[0]) {
    case 's':
      return check_response(bytes, step, Method::get);
    case 'h':
      return check_response(bytes, step, Method::head);
    case 't':
      return check_response(bytes, step, Method::connect);
    case 'c':
      return check_chunked(bytes, step);
    default:
      return check_request(bytes, step);
  }
}

}  // namespace
}  // namespace naru::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::http::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
