#include "http/h1_parser.h"

#include <array>

#include "http/authority.h"
#include "http/h1_framing.h"
#include "http/h1_lines.h"
#include "http/h1_start_line.h"

namespace naru::http {
namespace {

using State = HeadResult::State;

H1Fault take_host(std::string_view bytes, const RequestHead& head, FieldsSeen& seen, Field& field) {
  if (seen.host) return H1Fault::duplicate_host;
  if (!is_host_value(text_of(bytes, field.value))) return H1Fault::bad_host;
  seen.host = field.value;
  // RFC 9112 3.2.2: what an absolute-form target names replaces Host.
  if (head.scheme.size != 0) field.value = head.authority;
  return H1Fault::none;
}

/// CONNECT's Host may leave out the port, but not name another host.
bool contradicts(std::string_view host, std::string_view target) {
  Authority parts;
  return !equal_ignoring_case(host, target) && split_authority(target, parts) && !equal_ignoring_case(host, parts.host);
}

H1Fault settle_authority(std::string_view bytes, const FieldsSeen& seen, RequestHead& head) {
  if (!seen.host) return head.version == Version::http11 ? H1Fault::missing_host : H1Fault::none;
  if (head.method == Method::connect) {
    const bool bad = contradicts(text_of(bytes, *seen.host), text_of(bytes, head.authority));
    return bad ? H1Fault::bad_host : H1Fault::none;
  }
  if (head.scheme.size == 0) head.authority = *seen.host;
  return H1Fault::none;
}

HeadResult read_request(std::string_view bytes, std::size_t max_fields, RequestHead& head) {
  const std::size_t begin = bytes.starts_with("\r\n") ? 2 : 0;
  const LineEnd line = find_line_end(bytes, begin);
  if (line.state != State::complete) return unfinished(line, bytes);
  H1Fault fault = read_request_line(bytes, begin, line.end, head);
  if (fault != H1Fault::none) return refused(fault);
  FieldsSeen seen;
  const HeadResult result = read_field_lines(bytes, line.end + 2, max_fields, [&](Field& field) {
    const H1Fault bad =
        field.id == FieldName::host ? take_host(bytes, head, seen, field) : note_field(bytes, field, seen);
    head.fields.index(field.name, field.value, field.id);
    return bad;
  });
  if (result.state != State::complete) return result;
  fault = settle_authority(bytes, seen, head);
  if (fault == H1Fault::none) fault = settle_request(bytes, seen, head);
  if (fault != H1Fault::none) return refused(fault);
  head.fields.keep(bytes.substr(0, result.size));
  complete_path(bytes, head);
  return result;
}

HeadResult read_response(std::string_view bytes, std::size_t max_fields, Method method, ResponseHead& head) {
  const LineEnd line = find_line_end(bytes, 0);
  if (line.state != State::complete) return unfinished(line, bytes);
  H1Fault fault = read_status_line(bytes, 0, line.end, head);
  if (fault != H1Fault::none) return refused(fault);
  FieldsSeen seen;
  const HeadResult result = read_field_lines(bytes, line.end + 2, max_fields, [&](Field& field) {
    head.fields.index(field.name, field.value, field.id);
    return note_field(bytes, field, seen);
  });
  if (result.state != State::complete) return result;
  fault = settle_response(bytes, seen, method, head);
  if (fault != H1Fault::none) return refused(fault);
  head.fields.keep(bytes.substr(0, result.size));
  return result;
}

/// Reads the head again only when one more of its lines is whole: at most once for each field. Bytes past the limit are
/// not looked at, so that a head fails the same way whether they have come yet or not.
/// What is not complete leaves nothing in `head`: its slices would refer to bytes that it does not hold.
template <class Head, class Read>
HeadResult parse_head(std::string_view bytes, std::size_t scanned, const HeadLimits& limits, Head& head, Read&& read) {
  head.clear();
  const std::string_view allowed = bytes.substr(0, limits.bytes);
  const LineEnd news = glance(allowed, scanned);
  const HeadResult result = news.state == State::complete ? read(allowed) : unfinished(news, allowed);
  if (result.state != State::complete) head.clear();
  const bool over = result.state == State::incomplete && bytes.size() > allowed.size();
  return over ? refused(H1Fault::head_too_large) : result;
}

}  // namespace

HeadResult parse_request_head(std::string_view bytes, std::size_t scanned, const HeadLimits& limits,
                              RequestHead& head) {
  return parse_head(bytes, scanned, limits, head,
                    [&](std::string_view allowed) { return read_request(allowed, limits.fields, head); });
}

HeadResult parse_response_head(std::string_view bytes, std::size_t scanned, const HeadLimits& limits, Method method,
                               ResponseHead& head) {
  return parse_head(bytes, scanned, limits, head,
                    [&](std::string_view allowed) { return read_response(allowed, limits.fields, method, head); });
}

std::string_view to_string(H1Fault fault) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(H1Fault::truncated) + 1> kNames = {
      "none",
      "bad_request_line",
      "bad_status_line",
      "bad_version",
      "bad_target",
      "bare_line_feed",
      "bad_character",
      "empty_field_name",
      "bad_field_name",
      "obsolete_folding",
      "head_too_large",
      "too_many_fields",
      "bad_content_length",
      "duplicate_content_length",
      "length_with_chunked",
      "transfer_encoding_in_http10",
      "bad_transfer_encoding",
      "unknown_transfer_coding",
      "missing_host",
      "duplicate_host",
      "bad_host",
      "bad_chunk",
      "trailers_too_large",
      "truncated",
  };
  return kNames[static_cast<std::size_t>(fault)];
}

int status_for(H1Fault fault) {
  switch (fault) {
    case H1Fault::head_too_large:
    case H1Fault::too_many_fields:
    case H1Fault::trailers_too_large:
      return 431;
    case H1Fault::bad_version:
      return 505;
    case H1Fault::unknown_transfer_coding:
      return 501;
    default:
      return 400;
  }
}

}  // namespace naru::http
