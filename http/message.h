// A request and a response as naru handles them between two protocols. Plain values; what may be in them is checked by
// who makes them (h1_parser, h2_session, request_rules).
#pragma once

#include <optional>

#include "http/fields.h"

namespace naru::http {

enum class Version : std::uint8_t { http10, http11, http2 };
[[nodiscard]] std::string_view to_string(Version version);  ///< "HTTP/1.0", "HTTP/1.1", "HTTP/2"

enum class Method : std::uint8_t { get, head, post, put, del, connect, options, trace, patch, other };
/// Methods compare with their case (RFC 9110 9.1).
[[nodiscard]] Method method_of(std::string_view token);
/// Whether doing it twice is as good as once (RFC 9110 9.2.2): GET HEAD OPTIONS TRACE PUT DELETE.
[[nodiscard]] bool is_idempotent(Method method);

/// How the end of a message's content is known.
enum class Framing : std::uint8_t {
  none,         // there is no content
  length,       // `Body::length` bytes
  chunked,      // HTTP/1 chunked, or HTTP/2 without content-length: ends when it says so
  until_close,  // HTTP/1 responses only: until the connection ends
  tunnel,       // after 101 or a successful CONNECT: bytes both ways until either closes
};

struct Body {
  Framing framing{Framing::none};
  std::uint64_t length{};  // only where framing is `length`

  friend bool operator==(const Body&, const Body&) = default;
};

/// `fields` holds no pseudo-fields. Of HTTP/2 it has no Host: `authority` says it (and is taken from Host where a
/// client sent only that). Of HTTP/1 Host is there, and `authority` is what the target or else Host says.
struct RequestHead {
  Version version{Version::http11};
  Method method{Method::get};
  Slice method_text;
  Slice scheme;     // empty where the message does not say
  Slice authority;  // host[:port]; empty where there is none (HTTP/1.0)
  Slice path;       // origin-form with its query, "*", or for CONNECT empty
  Body body;
  bool keep_alive{true};   // HTTP/1: the connection may be used again after it
  bool expect_continue{};  // Expect: 100-continue
  bool upgrade{};          // HTTP/1.1: an Upgrade that Connection names
  bool te_trailers{};      // TE: trailers, which Connection names in HTTP/1
  FieldBlock fields;       // its bytes hold the slices above too

  void clear();
  [[nodiscard]] std::string_view text(Slice slice) const { return fields.view(slice); }
};

/// `fields` holds no :status.
struct ResponseHead {
  Version version{Version::http11};
  int status{};  // 100..999
  Slice reason;  // HTTP/1's reason phrase
  Body body;
  bool keep_alive{true};
  FieldBlock fields;

  void clear();
  [[nodiscard]] bool interim() const { return status < 200 && status != 101; }
  [[nodiscard]] std::string_view text(Slice slice) const { return fields.view(slice); }
};

}  // namespace naru::http
