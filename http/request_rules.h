// What an intermediary owes the messages that pass through it (RFC 9110 7.6, 9112, 9113 8): pure.
#pragma once

#include <optional>

#include "http/message.h"

namespace naru::http {

/// Removes what is for one connection only: Connection and the fields that it names, Keep-Alive, Proxy-Connection, TE
/// (but for trailers), Transfer-Encoding, Upgrade unless `head.upgrade` (of a response: unless it is a 101 or a 426),
/// HTTP2-Settings. What Connection names is not removed where it would hide what is for all: Host, Content-Length, and
/// the fields that say who asked.
void remove_hop_by_hop(RequestHead& head);
void remove_hop_by_hop(ResponseHead& head);

/// Why a request that came by HTTP/2 cannot be said in HTTP/1 (or at all); none if it can. (Of one that came by
/// HTTP/1, which its parser has checked, only connect_refused.)
enum class RequestFault : std::uint8_t {
  none,
  bad_method,
  bad_path,         // not origin-form: no leading "/", a space, a control character, a fragment
  bad_authority,    // not host[:port]; with user information; or other than Host says
  bad_field,        // an upper-case name, a connection-specific field, CR, LF or NUL in a value
  connect_refused,  // CONNECT, which is not allowed here
  missing_pseudo_field,
  bad_content_length,
};
[[nodiscard]] std::string_view to_string(RequestFault fault);
[[nodiscard]] RequestFault check_request(const RequestHead& head, bool allow_connect);

/// Counts Max-Forwards of TRACE and OPTIONS down (RFC 9110 7.6.2). False if it is spent: the request is not forwarded,
/// but answered by who has it.
[[nodiscard]] bool count_forward(RequestHead& head);

/// Makes `head`, received by one protocol, ready to be sent by `to`: Host from the authority or the reverse, cookie
/// crumbs joined for HTTP/1 (RFC 9113 8.2.3), `te: trailers` as each wants it, hop-by-hop fields removed. Once it is
/// made ready, doing it again changes nothing. `head.version` stays what the message came by.
void translate_request(RequestHead& head, Version to);
void translate_response(ResponseHead& head, Version to);

}  // namespace naru::http
