// What the fields of an HTTP/1 head say about its content and its connection (RFC 9112 6 and 9).
#pragma once

#include <optional>

#include "http/h1_parser.h"

namespace naru::http {

/// Gathered while the fields are read; slices refer to the head's bytes.
struct FieldsSeen {
  std::optional<Slice> host;
  std::optional<std::uint64_t> content_length;
  std::optional<Slice> transfer_encoding;
  bool transfer_encoding_again{};
  // Options of Connection:
  bool close{};
  bool keep_alive{};
  bool names_upgrade{};
  bool names_te{};
  // Other fields:
  bool upgrade{};
  bool te_trailers{};
  bool expect_continue{};
};

/// Takes note of one field. A fault: Content-Length that is bad or comes again.
[[nodiscard]] H1Fault note_field(std::string_view bytes, const Field& field, FieldsSeen& seen);

/// Sets body, keep_alive, expect_continue, upgrade, te_trailers. The request line is read.
[[nodiscard]] H1Fault settle_request(std::string_view bytes, const FieldsSeen& seen, RequestHead& head);
/// Sets body and keep_alive of an answer to `method`. The status line is read.
[[nodiscard]] H1Fault settle_response(std::string_view bytes, const FieldsSeen& seen, Method method,
                                      ResponseHead& head);

}  // namespace naru::http
