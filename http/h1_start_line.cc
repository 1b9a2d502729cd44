#include "http/h1_start_line.h"

#include <algorithm>
#include <utility>

#include "http/authority.h"
#include "http/h1_chars.h"
#include "http/h1_lines.h"

namespace naru::http {
namespace {

constexpr std::size_t kVersionSize = 8;  // of "HTTP/1.1"

H1Fault read_version(std::string_view text, H1Fault otherwise, Version& version) {
  if (text == "HTTP/1.1") {
    version = Version::http11;
  } else if (text == "HTTP/1.0") {
    version = Version::http10;
  } else {
    const bool other = text.size() == kVersionSize && text.starts_with("HTTP/") && is_digit(text[5]) &&
                       text[6] == '.' && is_digit(text[7]);
    return other ? H1Fault::bad_version : otherwise;
  }
  return H1Fault::none;
}

/// The size of "http://" or "https://" at the start of the target, 0 if there is none.
std::size_t scheme_prefix(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

H1Fault read_absolute_form(std::string_view bytes, Slice target, RequestHead& head) {
  const std::string_view text = text_of(bytes, target);
  const std::size_t prefix = scheme_prefix(text);
  if (prefix == 0) return H1Fault::bad_target;
  const std::size_t path = std::min(text.find_first_of("/?", prefix), text.size());
  Authority parts;
  if (!split_authority(text.substr(prefix, path - prefix), parts)) return H1Fault::bad_target;
  head.scheme = slice(target.at, target.at + prefix - 3);
  head.authority = slice(target.at + prefix, target.at + path);
  head.path = slice(target.at + path, target.at + text.size());
  return H1Fault::none;
}

H1Fault read_authority_form(std::string_view text, Slice target, RequestHead& head) {
  Authority parts;
  if (!split_authority(text, parts) || parts.port.empty()) return H1Fault::bad_target;
  head.authority = target;
  return H1Fault::none;
}

H1Fault read_target(std::string_view bytes, Slice target, RequestHead& head) {
  const std::string_view text = text_of(bytes, target);
  if (!is_target(text)) return H1Fault::bad_target;
  if (head.method == Method::connect) return read_authority_form(text, target, head);
  if (!text.starts_with('/') && text != "*") return read_absolute_form(bytes, target, head);
  if (text == "*" && head.method != Method::options) return H1Fault::bad_target;
  head.path = target;
  return H1Fault::none;
}

}  // namespace

H1Fault read_request_line(std::string_view bytes, std::size_t begin, std::size_t end, RequestHead& head) {
  std::size_t method_end = begin;
  while (is_char(bytes[method_end], kTokenChar)) ++method_end;  // stops at the line's CR
  if (method_end == begin || bytes[method_end] != ' ') return H1Fault::bad_request_line;
  // Exactly one space on each side of the target: a second would begin an empty or a longer target for another parser.
  const std::size_t target = method_end + 1;
  const std::size_t target_end = bytes.substr(0, end).find(' ', target);
  if (target_end == target || target_end == std::string_view::npos) return H1Fault::bad_request_line;
  const H1Fault fault =
      read_version(text_of(bytes, slice(target_end + 1, end)), H1Fault::bad_request_line, head.version);
  if (fault != H1Fault::none) return fault;
  head.method_text = slice(begin, method_end);
  head.method = method_of(text_of(bytes, head.method_text));
  return read_target(bytes, slice(target, target_end), head);
}

void complete_path(std::string_view bytes, RequestHead& head) {
  if (head.scheme.size == 0 || text_of(bytes, head.path).starts_with('/')) return;
  const std::string_view query = text_of(bytes, head.path);
  head.path = head.fields.keep(head.method == Method::options && query.empty() ? "*" : "/");
  head.path.size += head.fields.keep(query).size;
}

H1Fault read_status_line(std::string_view bytes, std::size_t begin, std::size_t end, ResponseHead& head) {
  const std::string_view line = text_of(bytes, slice(begin, end));
  const H1Fault fault = read_version(line.substr(0, kVersionSize), H1Fault::bad_status_line, head.version);
  if (fault != H1Fault::none) return fault;
  // "HTTP/1.1 200 OK". Servers that say nothing after the number often leave out the last space too.
  constexpr std::size_t kStatusEnd = kVersionSize + 4;
  if (line.size() < kStatusEnd || line[kVersionSize] != ' ') return H1Fault::bad_status_line;
  const std::string_view digits = line.substr(kVersionSize + 1, 3);
  if (!std::ranges::all_of(digits, is_digit) || digits[0] == '0') return H1Fault::bad_status_line;
  if (line.size() > kStatusEnd && line[kStatusEnd] != ' ') return H1Fault::bad_status_line;
  head.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  head.reason = slice(begin + std::min(kStatusEnd + 1, line.size()), end);
  return H1Fault::none;
}

}  // namespace naru::http
