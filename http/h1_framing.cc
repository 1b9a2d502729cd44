#include "http/h1_framing.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "http/h1_chars.h"
#include "http/h1_lines.h"

namespace naru::http {
namespace {

/// Digits only. At most 2^63-1: a number that is negative to somebody else is one that two parsers read differently.
std::optional<std::uint64_t> read_length(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
  return value;
}

H1Fault note_length(std::string_view value, FieldsSeen& seen) {
  const auto length = read_length(value);
  if (!length) return H1Fault::bad_content_length;
  if (seen.content_length) return H1Fault::duplicate_content_length;
  seen.content_length = length;
  return H1Fault::none;
}

void note_connection(std::string_view options, FieldsSeen& seen) {
  if (equal_ignoring_case(options, "keep-alive")) {  // almost every one there is
    seen.keep_alive = true;
    return;
  }
  seen.close = seen.close || list_has(options, "close");
  seen.keep_alive = seen.keep_alive || list_has(options, "keep-alive");
  seen.names_upgrade = seen.names_upgrade || list_has(options, "upgrade");
  seen.names_te = seen.names_te || list_has(options, "te");
}

/// "gzip, chunked" is a message whose end is known but whose coding is not (501); anything else is one whose end two
/// parsers may see at different places (400).
H1Fault judge_other_codings(std::string_view value) {
  const std::size_t comma = value.rfind(',');
  if (comma == std::string_view::npos || !list_has(value.substr(comma + 1), "chunked")) {
    return H1Fault::bad_transfer_encoding;
  }
  std::string_view others = value.substr(0, comma);
  if (list_has(others, "chunked") || list_has(others, "identity")) return H1Fault::bad_transfer_encoding;
  const auto expected = [](char c) { return is_char(c, kTokenChar) || c == ',' || c == ' '; };
  return std::ranges::all_of(others, expected) && is_char(others.empty() ? ',' : others.front(), kTokenChar)
             ? H1Fault::unknown_transfer_coding
             : H1Fault::bad_transfer_encoding;
}

H1Fault check_codings(std::string_view bytes, const FieldsSeen& seen, Version version) {
  if (!seen.transfer_encoding) return H1Fault::none;
  if (version == Version::http10) return H1Fault::transfer_encoding_in_http10;
  if (seen.content_length) return H1Fault::length_with_chunked;
  if (seen.transfer_encoding_again) return H1Fault::bad_transfer_encoding;
  const std::string_view value = text_of(bytes, *seen.transfer_encoding);
  return equal_ignoring_case(value, "chunked") ? H1Fault::none : judge_other_codings(value);
}

Body content_of(const FieldsSeen& seen, Framing otherwise) {
  if (seen.transfer_encoding) return {Framing::chunked, 0};
  if (seen.content_length) return {Framing::length, *seen.content_length};
  return {otherwise, 0};
}

bool wants_keep_alive(const FieldsSeen& seen, Version version) {
  return !seen.close && (version == Version::http11 || seen.keep_alive);
}

bool is_tunnel(int status, Method method) {
  return status == 101 || (method == Method::connect && status >= 200 && status < 300);
}

bool has_no_content(int status, Method method) {
  return method == Method::head || status < 200 || status == 204 || status == 304;
}

}  // namespace

H1Fault note_field(std::string_view bytes, const Field& field, FieldsSeen& seen) {
  const std::string_view value = text_of(bytes, field.value);
  switch (field.id) {
    case FieldName::content_length:
      return note_length(value, seen);
    case FieldName::transfer_encoding:
      seen.transfer_encoding_again = seen.transfer_encoding.has_value();
      seen.transfer_encoding = field.value;
      break;
    case FieldName::connection:
      note_connection(value, seen);
      break;
    case FieldName::upgrade:
      // RFC 9113 3.1: "h2c" is obsolete; passed on, it would make a tunnel of what is to be seen as requests.
      seen.upgrade = (seen.upgrade || !value.empty()) && !list_has(value, "h2c");
      break;
    case FieldName::te:
      seen.te_trailers = seen.te_trailers || list_has(value, "trailers");
      break;
    case FieldName::expect:
      seen.expect_continue = seen.expect_continue || list_has(value, "100-continue");
      break;
    default:
      break;
  }
  return H1Fault::none;
}

H1Fault settle_request(std::string_view bytes, const FieldsSeen& seen, RequestHead& head) {
  const H1Fault fault = check_codings(bytes, seen, head.version);
  if (fault != H1Fault::none) return fault;
  const bool http11 = head.version == Version::http11;
  head.body = content_of(seen, Framing::none);
  head.keep_alive = wants_keep_alive(seen, head.version);
  head.expect_continue = http11 && seen.expect_continue;  // RFC 9110 10.1.1: ignored in HTTP/1.0
  head.upgrade = http11 && seen.upgrade && seen.names_upgrade;
  head.te_trailers = http11 && seen.te_trailers && seen.names_te;
  return H1Fault::none;
}

H1Fault settle_response(std::string_view bytes, const FieldsSeen& seen, Method method, ResponseHead& head) {
  const H1Fault fault = check_codings(bytes, seen, head.version);
  if (fault != H1Fault::none) return fault;
  if (is_tunnel(head.status, method)) {
    head.body.framing = Framing::tunnel;
  } else if (!has_no_content(head.status, method)) {
    head.body = content_of(seen, Framing::until_close);
  }
  const bool ends_by_close = head.body.framing == Framing::until_close || head.body.framing == Framing::tunnel;
  head.keep_alive = !ends_by_close && wants_keep_alive(seen, head.version);
  return H1Fault::none;
}

}  // namespace naru::http
