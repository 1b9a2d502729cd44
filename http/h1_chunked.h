// HTTP/1's chunked coding (RFC 9112 7.1), decoded in place.
#pragma once

#include "http/h1_parser.h"

namespace naru::http {

/// One message's chunks. Strict: CRLF only, sizes of at most 16 hexadecimal digits and nothing but ";" after them,
/// extensions of bounded length are read and dropped.
class ChunkedDecoder {
 public:
  struct Step {
    enum class State : std::uint8_t {
      more,  // all of the input is used up; feed more
      data,  // `data` is content, to be called again for what follows
      done,  // the last chunk and the trailers are complete; what follows in the input is the next message
      bad,
    };
    State state{State::more};
    std::size_t used{};     // bytes of the input that are dealt with, `data` among them
    std::string_view data;  // within the input; not empty where state is `data`
    H1Fault fault{H1Fault::none};
  };

  explicit ChunkedDecoder(const HeadLimits& trailer_limits = {}) : limits_(trailer_limits) {}

  /// Begins the next message.
  void reset();
  /// The next piece of `bytes`. The time is linear in what is used.
  [[nodiscard]] Step next(std::string_view bytes);
  /// Once done: its trailer fields. Forbidden ones (framing, routing: RFC 9110 6.5.1) are left out.
  [[nodiscard]] FieldBlock& trailers() { return trailers_; }

 private:
  enum class Place : std::uint8_t { size, extension, size_end, data, data_cr, data_lf, trailers, done };
  /// Within chunk extensions: ;name ;name=value ;name="value".
  enum class Extension : std::uint8_t { name_begin, name, value_begin, value, quoted, escaped, quoted_end };

  /// Each takes what it can of bytes[at...), moves `at`, and says why not.
  H1Fault take_size(char c);
  H1Fault take_extension(char c);
  bool extend(char c);
  bool extend_or_end(char c);
  H1Fault take_size_line(std::string_view bytes, std::size_t& at);
  H1Fault take_data_end(std::string_view bytes, std::size_t& at);
  H1Fault take_trailers(std::string_view bytes, std::size_t& at);
  HeadResult parse_trailers(std::string_view bytes);
  void end_size_line();

  HeadLimits limits_;
  Place place_{Place::size};
  Extension extension_{Extension::name_begin};
  std::uint8_t digits_{};           // of the chunk's size so far
  std::uint32_t line_size_{};       // of the size line so far
  std::uint64_t left_{};            // of the chunk
  std::string trailer_bytes_;       // an incomplete trailer section, kept between calls
  std::size_t trailers_scanned_{};  // of it
  FieldBlock trailers_;
};

/// Appends a chunk's size line for `size` bytes (> 0) of data: "1a\r\n". The data and "\r\n" follow.
void append_chunk_size(std::string& out, std::size_t size);
/// Appends the last chunk with trailers: "0\r\n" fields "\r\n".
void append_last_chunk(std::string& out, const FieldBlock& trailers);

}  // namespace naru::http
