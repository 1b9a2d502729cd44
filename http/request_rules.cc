#include "http/request_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/authority.h"
#include "http/h1_chars.h"

namespace naru::http {
namespace {

RequestFault check_path(const RequestHead& head) {
  const std::string_view path = head.text(head.path);
  if (path == "*" && head.method == Method::options) return RequestFault::none;
  return path.starts_with('/') && is_all(path, kTargetChar) ? RequestFault::none : RequestFault::bad_path;
}

/// RFC 9113 8.3.1: one of :authority and Host, and no difference between them.
RequestFault check_authority(const RequestHead& head) {
  const std::string_view authority = head.text(head.authority);
  Authority parts;
  if (!split_authority(authority, parts)) return RequestFault::bad_authority;
  const Field* host = head.fields.find(FieldName::host);
  const bool same = host == nullptr || equal_ignoring_case(head.fields.value_of(*host), authority);
  return same ? RequestFault::none : RequestFault::bad_authority;
}

RequestFault check_pseudo_fields(const RequestHead& head, bool allow_connect) {
  const std::string_view method = head.text(head.method_text);
  if (method.empty()) return RequestFault::missing_pseudo_field;
  if (!is_token(method)) return RequestFault::bad_method;
  if (head.method == Method::connect) {
    if (!allow_connect) return RequestFault::connect_refused;
    return head.path.size == 0 ? check_authority(head) : RequestFault::bad_path;
  }
  if (head.scheme.size == 0 || head.path.size == 0) return RequestFault::missing_pseudo_field;
  const RequestFault fault = check_path(head);
  return fault == RequestFault::none ? check_authority(head) : fault;
}

/// RFC 9113 8.2.2: HTTP/2 has no fields for one connection.
bool is_connection_specific(FieldName id, std::string_view value) {
  switch (id) {
    case FieldName::connection:
    case FieldName::http2_settings:
    case FieldName::keep_alive:
    case FieldName::proxy_connection:
    case FieldName::transfer_encoding:
    case FieldName::upgrade:
      return true;
    case FieldName::te:
      return !equal_ignoring_case(value, "trailers");
    default:
      return false;
  }
}

bool has_upper_case(std::string_view name) {
  return std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// RFC 9113 8.2.1, and no control character at all: HTTP/1 has no place for one.
bool is_value(std::string_view value) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  if (value.empty()) return true;
  return find_control(value, 0) == value.size() && !is_space(value.front()) && !is_space(value.back());
}

bool is_length(std::string_view value) {
  return !value.empty() && value.size() < 20 && std::ranges::all_of(value, is_digit);
}

RequestFault check_fields(const RequestHead& head) {
  bool length_seen = false;
  for (const Field& field : head.fields.fields()) {
    const std::string_view name = head.fields.name_of(field);
    const std::string_view value = head.fields.value_of(field);
    if (!is_token(name) || !is_value(value)) return RequestFault::bad_field;
    if (has_upper_case(name) || is_connection_specific(field.id, value)) return RequestFault::bad_field;
    if (field.id != FieldName::content_length) continue;
    if (length_seen || !is_length(value)) return RequestFault::bad_content_length;
    length_seen = true;
  }
  return RequestFault::none;
}

void join_cookies(FieldBlock& fields) {
  std::string joined;
  std::size_t crumbs = 0;
  for (const Field& field : fields.fields()) {
    if (field.id != FieldName::cookie) continue;
    if (crumbs++ != 0) joined.append("; ");
    joined.append(fields.value_of(field));
  }
  if (crumbs > 1) fields.set(FieldName::cookie, joined);
}

}  // namespace

std::string_view to_string(RequestFault fault) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "none",
      "bad_method",
      "bad_path",
      "bad_authority",
      "bad_field",
      "connect_refused",
      "missing_pseudo_field",
      "bad_content_length",
  };
  return kNames[static_cast<std::size_t>(fault)];
}

RequestFault check_request(const RequestHead& head, bool allow_connect) {
  if (head.version != Version::http2) {  // h1_parser has been stricter already
    return head.method == Method::connect && !allow_connect ? RequestFault::connect_refused : RequestFault::none;
  }
  const RequestFault fault = check_pseudo_fields(head, allow_connect);
  return fault == RequestFault::none ? check_fields(head) : fault;
}

bool count_forward(RequestHead& head) {
  static constexpr std::string_view kName = "max-forwards";
  if (head.method != Method::trace && head.method != Method::options) return true;
  const std::string_view value = head.fields.find_other(kName);
  std::uint32_t left = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), left);
  if (value.empty() || error != std::errc{} || end != value.data() + value.size()) return true;
  if (left == 0) return false;
  head.fields.remove_if([](std::string_view name, std::string_view, FieldName id) {
    return id == FieldName::other && equal_ignoring_case(name, kName);
  });
  head.fields.add(kName, std::to_string(left - 1));
  return true;
}

void translate_request(RequestHead& head, Version to) {
  if (to == Version::http2) head.upgrade = false;
  remove_hop_by_hop(head);
  FieldBlock& fields = head.fields;
  if (to == Version::http2) {
    fields.remove(FieldName::host);
    if (head.scheme.size == 0) head.scheme = fields.keep("http");
    return;
  }
  // By index and not by set(): the authority's bytes are in the block itself, which may move while it grows.
  if (!fields.has(FieldName::host)) fields.index(fields.keep("Host"), head.authority, FieldName::host);
  if (head.version == Version::http2) join_cookies(fields);
}

void translate_response(ResponseHead& head, Version to) {
  remove_hop_by_hop(head);
  if (to == Version::http2) head.fields.remove(FieldName::upgrade);
}

}  // namespace naru::http
