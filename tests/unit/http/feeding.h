// Feeds a codec the same bytes whole and one by one: what comes out must not depend on how a network cut them.
#pragma once

#include <catch2/catch.hpp>
#include <ostream>
#include <string>

#include "http/h1_chunked.h"
#include "http/h1_parser.h"

namespace naru::http {

inline std::ostream& operator<<(std::ostream& out, H1Fault fault) {
  return out << to_string(fault);
}
inline std::ostream& operator<<(std::ostream& out, Framing framing) {
  constexpr const char* kNames[] = {"none", "length", "chunked", "until_close", "tunnel"};
  return out << kNames[static_cast<int>(framing)];
}
inline std::ostream& operator<<(std::ostream& out, HeadResult::State state) {
  constexpr const char* kNames[] = {"incomplete", "complete", "bad"};
  return out << kNames[static_cast<int>(state)];
}

namespace test {

/// A head and its outcome; `head` is what the whole gave.
template <class Head>
struct Parsed {
  HeadResult result;
  Head head;

  [[nodiscard]] std::string text(Slice slice) const { return std::string(head.text(slice)); }
  [[nodiscard]] std::string value(FieldName name) const { return std::string(head.fields.value_or_empty(name)); }
};

template <class Head, class Parse>
HeadResult feed_singly(std::string_view bytes, Parse&& parse, Head& head) {
  HeadResult result;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    // A copy of exactly what has come, so that a sanitizer sees a read past it.
    const std::string come(bytes.substr(0, size));
    result = parse(come, result.scanned, head);
    if (result.state != HeadResult::State::incomplete) break;
  }
  return result;
}

template <class Head, class Parse>
Parsed<Head> feed_both(std::string_view bytes, Parse&& parse) {
  Parsed<Head> whole;
  whole.result = parse(std::string_view(std::string(bytes)), 0, whole.head);
  Head singly;
  const HeadResult result = feed_singly(bytes, parse, singly);
  CHECK(result.state == whole.result.state);
  CHECK(result.fault == whole.result.fault);
  CHECK(result.size == whole.result.size);
  if (result.state == HeadResult::State::complete) {
    CHECK(singly.fields.fields().size() == whole.head.fields.fields().size());
    CHECK(singly.body == whole.head.body);
    CHECK(singly.keep_alive == whole.head.keep_alive);
  }
  return whole;
}

inline Parsed<RequestHead> request(std::string_view bytes, const HeadLimits& limits = {}) {
  return feed_both<RequestHead>(bytes, [&](std::string_view come, std::size_t scanned, RequestHead& head) {
    return parse_request_head(come, scanned, limits, head);
  });
}

inline Parsed<ResponseHead> response(std::string_view bytes, Method method = Method::get,
                                     const HeadLimits& limits = {}) {
  return feed_both<ResponseHead>(bytes, [&](std::string_view come, std::size_t scanned, ResponseHead& head) {
    return parse_response_head(come, scanned, limits, method, head);
  });
}

/// What chunked content came to.
struct Dechunked {
  ChunkedDecoder::Step::State state{};
  H1Fault fault{H1Fault::none};
  std::string data;
  std::size_t used{};
  std::string trailers;  // "name: value\n" each

  friend bool operator==(const Dechunked&, const Dechunked&) = default;
};

inline Dechunked dechunk_pieces(std::string_view bytes, std::size_t piece, const HeadLimits& limits) {
  using State = ChunkedDecoder::Step::State;
  ChunkedDecoder decoder(limits);
  Dechunked out;
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
    const std::string come(bytes.substr(begin, piece));
    for (std::string_view rest = come; !rest.empty() && out.state <= State::data;) {
      const ChunkedDecoder::Step step = decoder.next(rest);
      out.state = step.state;
      out.fault = step.fault;
      out.data.append(step.data);
      out.used += step.used;
      rest.remove_prefix(step.used);
    }
    if (out.state > State::data) break;
  }
  if (out.state == State::data) out.state = State::more;
  for (const Field& field : decoder.trailers().fields()) {
    out.trailers.append(decoder.trailers().name_of(field)).append(": ");
    out.trailers.append(decoder.trailers().value_of(field)).append("\n");
  }
  return out;
}

inline Dechunked dechunk(std::string_view bytes, const HeadLimits& limits = {}) {
  const Dechunked whole = dechunk_pieces(bytes, bytes.size(), limits);
  const Dechunked singly = dechunk_pieces(bytes, 1, limits);
  CHECK(singly.state == whole.state);
  CHECK(singly.fault == whole.fault);
  CHECK(singly.data == whole.data);
  if (whole.fault == H1Fault::none) {
    CHECK(singly.used == whole.used);
    CHECK(singly.trailers == whole.trailers);
  }
  return whole;
}

}  // namespace test
}  // namespace naru::http
