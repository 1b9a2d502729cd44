#include "tests/unit/http/feeding.h"

namespace naru::http {
namespace {

using State = ChunkedDecoder::Step::State;

TEST_CASE("chunks that are accepted") {
  struct Row {
    const char* sentence;
    std::string bytes;
    std::string data;
    std::string trailers;
  };
  const Row rows[] = {
      {"no content", "0\r\n\r\n", "", ""},
      {"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", ""},
      {"hexadecimal sizes in both cases", "A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij",
       ""},
      {"leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello", ""},
      {"sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"data that looks like an end", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n", ""},
      {"an extension", "5;a=b\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"an extension with a quoted value", "5;a=\"b ;\t\"\r\nhello\r\n0;x\r\n\r\n", "hello", ""},
      {"an escaped quote in an extension", "5;a=\"b\\\"c\";d;e=f\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"a trailer", "0\r\nX-Sum: 1\r\n\r\n", "", "X-Sum: 1\n"},
      {"two trailers", "1\r\na\r\n0\r\ngrpc-status: 0\r\nb:\r\n\r\n", "a", "grpc-status: 0\nb: \n"},
      {"forbidden trailers are left out",
       "0\r\nContent-Length: 5\r\nA: b\r\nTransfer-Encoding: chunked\r\nHost: x\r\nAuthorization: y\r\nSet-Cookie: "
       "z\r\n"
       "Connection: close\r\nTrailer: q\r\nX-Forwarded-For: 1.2.3.4\r\nCache-Control: no-store\r\n\r\n",
       "", "A: b\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const test::Dechunked got = test::dechunk(row.bytes);
    CHECK(got.state == State::done);
    CHECK(got.fault == H1Fault::none);
    CHECK(got.data == row.data);
    CHECK(got.trailers == row.trailers);
    CHECK(got.used == row.bytes.size());
    const test::Dechunked followed = test::dechunk(row.bytes + "GET / HTTP/1.1\r\n");
    CHECK(followed.used == row.bytes.size());
  }
}

TEST_CASE("chunks that are refused") {
  struct Row {
    const char* sentence;
    std::string bytes;
    H1Fault fault;
  };
  const Row rows[] = {
      {"no size", "\r\n", H1Fault::bad_chunk},
      {"an extension without a size", ";a\r\n", H1Fault::bad_chunk},
      {"a sign", "+5\r\nhello\r\n", H1Fault::bad_chunk},
      {"a minus", "-1\r\n", H1Fault::bad_chunk},
      {"0x", "0x5\r\nhello\r\n", H1Fault::bad_chunk},
      {"a space before the size", " 5\r\nhello\r\n", H1Fault::bad_chunk},
      {"a space after the size", "5 \r\nhello\r\n", H1Fault::bad_chunk},
      {"a tab after the size", "5\t\r\nhello\r\n", H1Fault::bad_chunk},
      {"an underscore", "1_0\r\n", H1Fault::bad_chunk},
      {"no hexadecimal digit", "g\r\n", H1Fault::bad_chunk},
      {"seventeen digits", "00000000000000005\r\nhello\r\n", H1Fault::bad_chunk},
      {"a size of 2^64 + 5", "10000000000000005\r\nhello\r\n", H1Fault::bad_chunk},
      {"a bare LF after the size", "5\nhello\r\n", H1Fault::bare_line_feed},
      {"a bare LF instead of a size", "\n", H1Fault::bare_line_feed},
      {"a bare CR after the size", "5\rhello\r\n", H1Fault::bare_line_feed},
      {"a bare LF in an extension", "5;a\nhello\r\n", H1Fault::bare_line_feed},
      {"a bare CR in an extension", "5;a\rb\r\n", H1Fault::bare_line_feed},
      {"an empty extension", "5;\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension without a name", "5;=a\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension without its value", "5;a=\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension with a space", "5; a\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension with two values", "5;a=b=c\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension with an open quote", "5;a=\"b\r\nhello\r\n", H1Fault::bad_chunk},
      {"an extension with more behind the quote", "5;a=\"b\"c\r\nhello\r\n", H1Fault::bad_chunk},
      {"a NUL in an extension", std::string("5;\0\r\n", 5), H1Fault::bad_chunk},
      {"an extension without an end", "5;" + std::string(300, 'a'), H1Fault::bad_chunk},
      {"data longer than its size", "5\r\nhello!\r\n", H1Fault::bad_chunk},
      {"no CRLF after the data", "5\r\nhello0\r\n\r\n", H1Fault::bad_chunk},
      {"a bare LF after the data", "5\r\nhello\n0\r\n\r\n", H1Fault::bad_chunk},
      {"a bare CR after the data", "5\r\nhello\r0\r\n\r\n", H1Fault::bad_chunk},
      {"a bare LF after the last chunk", "0\r\n\n", H1Fault::bare_line_feed},
      {"a bare LF after a trailer", "0\r\nA: b\n\r\n", H1Fault::bare_line_feed},
      {"a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", H1Fault::obsolete_folding},
      {"a trailer without a name", "0\r\n: b\r\n\r\n", H1Fault::empty_field_name},
      {"a trailer with a space before the colon", "0\r\nA : b\r\n\r\n", H1Fault::bad_field_name},
      {"a NUL in a trailer", std::string("0\r\nA: \0\r\n\r\n", 11), H1Fault::bad_character},
      {"a request instead of trailers", "0\r\nGET / HTTP/1.1\r\n\r\n", H1Fault::bad_field_name},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const test::Dechunked got = test::dechunk(row.bytes);
    CHECK(got.state == State::bad);
    CHECK(got.fault == row.fault);
  }
}

TEST_CASE("chunked content that has not ended asks for more") {
  const std::string whole = "5;a\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    INFO(size);
    const test::Dechunked got = test::dechunk(whole.substr(0, size));
    CHECK(got.state == State::more);
    CHECK(got.used == size);
  }
}

TEST_CASE("limits of trailers hold as soon as they are passed") {
  const std::string trailers = "A: b\r\nC: d\r\n\r\n";
  CHECK(test::dechunk("0\r\n" + trailers, {trailers.size(), 2}).state == State::done);
  CHECK(test::dechunk("0\r\n" + trailers, {trailers.size() - 1, 2}).fault == H1Fault::trailers_too_large);
  CHECK(test::dechunk("0\r\nA: b\r\nC: d\r\n", {100, 1}).fault == H1Fault::too_many_fields);
  CHECK(test::dechunk("0\r\nA: " + std::string(20, 'x'), {20, 1}).fault == H1Fault::trailers_too_large);
}

TEST_CASE("a decoder that is reset decodes the next message") {
  ChunkedDecoder decoder;
  CHECK(decoder.next("0\r\nA: b\r\n").state == State::more);
  CHECK(decoder.next("\r\n5\r\n").state == State::done);
  CHECK(decoder.trailers().size() == 1);
  CHECK(decoder.next("5\r\n").used == 0);
  decoder.reset();
  CHECK(decoder.trailers().empty());
  const auto step = decoder.next("5\r\nhello\r\n0\r\n\r\n");
  CHECK(step.state == State::data);
  CHECK(step.data == "hello");
  CHECK(decoder.next("\r\n0\r\n\r\n").state == State::done);
}

TEST_CASE("what is written as chunks is read again") {
  for (const std::size_t size : {1U, 15U, 16U, 255U, 256U, 65536U}) {
    INFO(size);
    std::string out;
    append_chunk_size(out, size);
    out.append(size, 'x').append("\r\n");
    FieldBlock trailers;
    trailers.add("grpc-status", "0");
    trailers.add("Empty", "");
    append_last_chunk(out, trailers);
    const test::Dechunked got = test::dechunk_pieces(out, out.size(), {});
    CHECK(got.state == State::done);
    CHECK(got.data == std::string(size, 'x'));
    CHECK(got.trailers == "grpc-status: 0\nEmpty: \n");
  }
  std::string out;
  append_chunk_size(out, 0xabcdef);
  CHECK(out == "abcdef\r\n");
}

}  // namespace
}  // namespace naru::http
