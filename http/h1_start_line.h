// The first line of an HTTP/1 head: request line and status line (RFC 9112 3 and 4). `bytes` is the head from its
// beginning, [begin, end) the line without its CRLF; slices refer to `bytes`.
#pragma once

#include "http/h1_parser.h"

namespace naru::http {

/// Sets version, method, method_text, scheme, authority and path. The path of an absolute-form target may lack its
/// leading "/": complete_path() mends that once the head is kept.
[[nodiscard]] H1Fault read_request_line(std::string_view bytes, std::size_t begin, std::size_t end, RequestHead& head);

/// `head.fields` has kept `bytes`: gives an absolute-form target without a path the one that it means, "/", or "*" for
/// OPTIONS (RFC 9112 3.2.4).
void complete_path(std::string_view bytes, RequestHead& head);

/// Sets version, status and reason.
[[nodiscard]] H1Fault read_status_line(std::string_view bytes, std::size_t begin, std::size_t end, ResponseHead& head);

}  // namespace naru::http
