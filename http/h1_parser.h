// Heads of HTTP/1.0 and HTTP/1.1 messages, strictly (RFC 9112): what two parsers could understand differently is
// refused, as request smuggling lives on such differences.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"

namespace naru::http {

struct HeadLimits {
  std::size_t bytes{60 * 1024};  // of a whole head
  std::size_t fields{100};
};

/// Why a head is refused: label of a metric, `x-naru-reason`, and what tests name.
enum class H1Fault : std::uint8_t {
  none,
  bad_request_line,
  bad_status_line,
  bad_version,     // not HTTP/1.0 or HTTP/1.1
  bad_target,      // not a form that the method may have
  bare_line_feed,  // LF without CR, or CR without LF; seen as soon as it comes
  bad_character,   // a control character, NUL among them
  empty_field_name,
  bad_field_name,    // not a token; also a space before the colon
  obsolete_folding,  // a field line that begins with a space
  head_too_large,
  too_many_fields,
  bad_content_length,  // not digits, does not fit, or a list
  duplicate_content_length,
  length_with_chunked,  // Content-Length beside Transfer-Encoding
  transfer_encoding_in_http10,
  bad_transfer_encoding,    // anything but exactly "chunked", once
  unknown_transfer_coding,  // other codings before a final "chunked": the end is known, the content is not
  missing_host,             // HTTP/1.1 without Host
  duplicate_host,
  bad_host,  // Host that is not host[:port], or that CONNECT's target contradicts (an absolute-form one replaces it)
  bad_chunk,
  trailers_too_large,
  truncated,  // the connection ended within the message
};
[[nodiscard]] std::string_view to_string(H1Fault fault);  ///< "bare_line_feed", ...

/// The status that answers a request with the fault: 400, 431, 505, 501.
[[nodiscard]] int status_for(H1Fault fault);

struct HeadResult {
  enum class State : std::uint8_t { incomplete, complete, bad };
  State state{State::incomplete};
  H1Fault fault{H1Fault::none};
  std::size_t size{};  // complete: bytes of the head, its empty line among them
  /// incomplete: give it back as `scanned` with more bytes, so that a head that comes in many pieces is not searched
  /// from its start each time.
  std::size_t scanned{};
};

/// A request's head at the start of `bytes`; an empty line before it is allowed (RFC 9112 2.2) and counted in `size`.
/// Fills `head`, clearing it before; leaves it clear unless the result is complete. No exceptions; never reads outside
/// `bytes`; linear in their number.
[[nodiscard]] HeadResult parse_request_head(std::string_view bytes, std::size_t scanned, const HeadLimits& limits,
                                            RequestHead& head);

/// A response's head, to a request of `method` (HEAD has no content whatever the fields say, and so have 1xx, 204, 304;
/// a 2xx to CONNECT and 101 are a tunnel).
[[nodiscard]] HeadResult parse_response_head(std::string_view bytes, std::size_t scanned, const HeadLimits& limits,
                                             Method method, ResponseHead& head);

}  // namespace naru::http
