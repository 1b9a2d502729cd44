// Recognizing, in bytes that pass, HTTP/1 that is beyond doubt. Not a parser: what is unusual is simply not recognized.
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace naru::proxy {

/// True if `bytes` are the head of one HTTP/1.0 or 1.1 request, whole, with nothing after it, that may be made twice:
/// GET, HEAD, OPTIONS, TRACE, PUT or DELETE (RFC 9110 section 9.2.2) without content, upgrade or expectation.
[[nodiscard]] bool is_one_repeatable_request(std::string_view bytes);

/// True if `size` bytes that begin with `beginning` are certainly one whole answer: its head is all in `beginning`, and
/// its Content-Length (or a status that has no content) says that nothing is missing. An answer to HEAD is not
/// recognized.
[[nodiscard]] bool is_one_whole_answer(std::string_view beginning, std::uint64_t size);

}  // namespace naru::proxy
