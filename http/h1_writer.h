// Heads as HTTP/1.1 bytes. What is written is what `head` says: hop-by-hop fields are the caller's affair
// (request_rules.h) except for framing and Connection, which are written here from `body` and `keep_alive`.
#pragma once

#include <string>

#include "http/message.h"

namespace naru::http {

/// Appends the head of a request for an HTTP/1.1 endpoint. Content-Length or Transfer-Encoding according to
/// `head.body`, in place of any in the fields; Host first, from the fields or else the authority;
/// `Connection: close`, `Upgrade`, or nothing.
void append_request_head(std::string& out, const RequestHead& head, bool keep_alive);

/// Appends the head of a response for a client of `client_version` (http10 or http11), framed by `head.body`: chunked
/// becomes until_close for HTTP/1.0, which returns false: the connection must then be closed to end the message.
/// `to_head`: the answer to HEAD, whose Content-Length is passed on though no content follows.
bool append_response_head(std::string& out, const ResponseHead& head, Version client_version, bool keep_alive,
                          bool to_head);

/// The registered phrase for a status, "Unknown" for others.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace naru::http
