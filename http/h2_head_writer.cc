#include "http/h2_head_writer.h"

#include <algorithm>

namespace naru::http {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool stays(FieldName id, std::string_view value) {
  switch (id) {
    case FieldName::connection:
    case FieldName::http2_settings:
    case FieldName::keep_alive:
    case FieldName::proxy_connection:
    case FieldName::transfer_encoding:
    case FieldName::upgrade:
      return false;
    case FieldName::te:
      return equal_ignoring_case(value, "trailers");
    default:
      return true;
  }
}

/// Another value each time: in the table of HPACK it would only push out what does repeat.
bool never_repeats(FieldName id) {
  return id == FieldName::x_request_id;
}

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // which HPACK only reads
}

}  // namespace

void H2HeadWriter::start(const FieldBlock& fields) {
  fields_.clear();
  fields_.reserve(fields.size() + 4);
  lowered_.clear();
  lowered_.reserve(fields.bytes());  // so that it never moves while names in it are pointed at
}

void H2HeadWriter::add(std::string_view name, std::string_view value, bool sensitive) {
  const auto flag = static_cast<std::uint8_t>(sensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
  fields_.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), flag});
}

std::string_view H2HeadWriter::lowered(std::string_view name) {
  if (std::ranges::none_of(name, is_upper)) return name;
  const std::size_t at = lowered_.size();
  for (const char c : name) lowered_.push_back(is_upper(c) ? static_cast<char>(c | 0x20) : c);
  return std::string_view(lowered_).substr(at);
}

void H2HeadWriter::add_all(const FieldBlock& fields, bool host, bool lower) {
  for (const Field& field : fields.fields()) {
    const std::string_view value = fields.value_of(field);
    if (!stays(field.id, value) || (field.id == FieldName::host && !host)) continue;
    const std::string_view name = fields.name_of(field);
    add(lower ? name : lowered(name), value, field.sensitive || never_repeats(field.id));
  }
}

std::span<const nghttp2_nv> H2HeadWriter::request(const RequestHead& head) {
  start(head.fields);
  const std::string_view authority = head.text(head.authority);
  add(":method", head.text(head.method_text));
  if (head.method != Method::connect) {
    add(":scheme", head.scheme.size == 0 ? "http" : head.text(head.scheme));
    add(":path", head.text(head.path));
  }
  if (!authority.empty()) add(":authority", authority);
  add_all(head.fields, authority.empty(), head.version == Version::http2);
  return fields_;
}

std::span<const nghttp2_nv> H2HeadWriter::response(const ResponseHead& head) {
  start(head.fields);
  const auto digit = [&](int unit) { return static_cast<char>('0' + head.status / unit % 10); };
  status_ = {digit(100), digit(10), digit(1)};
  add(":status", {status_.data(), status_.size()});
  add_all(head.fields, true, head.version == Version::http2);
  return fields_;
}

std::span<const nghttp2_nv> H2HeadWriter::trailers(const FieldBlock& fields) {
  start(fields);
  add_all(fields, true, false);
  return fields_;
}

}  // namespace naru::http
