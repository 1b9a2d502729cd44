#include "http/h2_head_reader.h"

#include <algorithm>
#include <array>

#include "http/h1_chars.h"

namespace naru::http {
namespace {

constexpr std::size_t kEntryOverhead = 32;  // RFC 9113 6.5.2
constexpr std::size_t kFloodFactor = 4;

/// Of a field's name in HTTP/2: a token's characters but for upper-case letters, in one table because every byte of
/// every name is looked up.
constexpr std::array<bool, 256> make_name_chars() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = (kCharClasses[c] & kTokenChar) != 0 && !(c >= 'A' && c <= 'Z');
  }
  return table;
}
constexpr std::array<bool, 256> kNameChars = make_name_chars();

bool is_lower_token(std::string_view name) {
  for (const char c : name) {
    if (!kNameChars[static_cast<unsigned char>(c)]) return false;
  }
  return !name.empty();
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_value(std::string_view value) {
  if (value.empty()) return true;
  return !is_space(value.front()) && !is_space(value.back()) && find_control(value, 0) == value.size();
}

/// RFC 9113 8.2.2.
bool is_connection_specific(FieldName id) {
  switch (id) {
    case FieldName::connection:
    case FieldName::keep_alive:
    case FieldName::proxy_connection:
    case FieldName::transfer_encoding:
    case FieldName::upgrade:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_h2_field(std::string_view name, std::string_view value, FieldName id) {
  if (!is_lower_token(name) || !is_value(value) || is_connection_specific(id)) return false;
  return id != FieldName::te || equal_ignoring_case(value, "trailers");
}

std::optional<std::uint64_t> content_length_of(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;
  if (text.empty() || text.size() > kMostDigits || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

void H2HeadReader::start(FieldBlock* fields) {
  request_ = nullptr;
  response_ = nullptr;
  fields_ = fields;
  bytes_ = count_ = 0;
  pseudo_ = 0;
  regular_seen_ = false;
  verdict_ = H2HeadVerdict::good;
}

void H2HeadReader::begin(RequestHead& head) {
  head.clear();
  head.version = Version::http2;
  start(&head.fields);
  request_ = &head;
}

void H2HeadReader::begin(ResponseHead& head) {
  head.clear();
  head.version = Version::http2;
  start(&head.fields);
  response_ = &head;
}

void H2HeadReader::begin_trailers(FieldBlock& trailers) {
  trailers.clear();
  start(&trailers);
}

void H2HeadReader::begin_ignored() {
  start(nullptr);
}

void H2HeadReader::add(std::string_view name, std::string_view value, bool sensitive) {
  if (!within_limits(name.size() + value.size()) || fields_ == nullptr) return;
  const bool pseudo = !name.empty() && name.front() == ':';
  if (!(pseudo ? add_pseudo(name, value) : add_field(name, value, sensitive))) verdict_ = H2HeadVerdict::malformed;
}

/// False also once anything has been wrong: nothing more is to be kept.
bool H2HeadReader::within_limits(std::size_t size) {
  bytes_ += size + kEntryOverhead;
  ++count_;
  if (verdict_ != H2HeadVerdict::good) return false;
  if (bytes_ > limits_.header_list_bytes) verdict_ = H2HeadVerdict::too_large;
  if (count_ > limits_.header_fields) verdict_ = H2HeadVerdict::too_many;
  return verdict_ == H2HeadVerdict::good;
}

bool H2HeadReader::flood() const {
  return bytes_ / kFloodFactor > limits_.header_list_bytes || count_ / kFloodFactor > limits_.header_fields;
}

bool H2HeadReader::add_field(std::string_view name, std::string_view value, bool sensitive) {
  const FieldName id = field_name(name);
  if (!is_h2_field(name, value, id)) return false;
  regular_seen_ = true;
  if (id == FieldName::te && request_ != nullptr) request_->te_trailers = true;
  const Slice kept = fields_->keep(name);
  fields_->index(kept, fields_->keep(value), id, sensitive);
  return true;
}

bool H2HeadReader::first_of(Pseudo pseudo) {
  if ((pseudo_ & pseudo) != 0) return false;
  pseudo_ = static_cast<std::uint8_t>(pseudo_ | pseudo);
  return true;
}

/// Before every other field, each once, none unknown, none in trailers (RFC 9113 8.3).
bool H2HeadReader::add_pseudo(std::string_view name, std::string_view value) {
  if (regular_seen_ || !is_value(value)) return false;
  if (request_ != nullptr) return add_request_pseudo(name, value);
  return response_ != nullptr && name == ":status" && first_of(kStatus) && take_status(value);
}

bool H2HeadReader::add_request_pseudo(std::string_view name, std::string_view value) {
  const auto keep = [&](Pseudo pseudo, Slice& slice) {
    slice = fields_->keep(value);
    return first_of(pseudo) && !value.empty();
  };
  if (name == ":method") {
    request_->method = method_of(value);
    return keep(kMethod, request_->method_text) && is_token(value);
  }
  if (name == ":path") return keep(kPath, request_->path);
  if (name == ":scheme") return keep(kScheme, request_->scheme);
  return name == ":authority" && keep(kAuthority, request_->authority);
}

bool H2HeadReader::take_status(std::string_view value) {
  if (value.size() != 3 || !std::ranges::all_of(value, is_digit) || value.front() == '0') return false;
  response_->status = static_cast<int>(*content_length_of(value));
  return response_->status != 101;  // RFC 9113 8.6
}

H2HeadVerdict H2HeadReader::finish(bool end, bool no_content) {
  if (verdict_ != H2HeadVerdict::good) return verdict_;
  bool good = true;
  if (request_ != nullptr) good = finish_request(end);
  if (response_ != nullptr) good = finish_response(end, no_content);
  return good ? H2HeadVerdict::good : H2HeadVerdict::malformed;
}

bool H2HeadReader::finish_request(bool end) {
  const int wanted = request_->method == Method::connect ? kMethod | kAuthority : kMethod | kScheme | kPath;
  const int seen = request_->method == Method::connect ? pseudo_ : pseudo_ & ~kAuthority;
  if (seen != wanted || !finish_host()) return false;
  request_->expect_continue = equal_ignoring_case(fields_->value_or_empty(FieldName::expect), "100-continue");
  return finish_length(request_->body, end, false);
}

/// Two names for the host must be the same one (RFC 9113 8.3.1): else each of two proxies may believe another.
bool H2HeadReader::finish_host() {
  const Field* host = fields_->find(FieldName::host);
  if (host == nullptr) return true;
  const Slice value = host->value;
  if (std::ranges::count(fields_->fields(), FieldName::host, &Field::id) > 1) return false;
  if ((pseudo_ & kAuthority) == 0) request_->authority = value;
  const bool same = equal_ignoring_case(fields_->view(request_->authority), fields_->view(value));
  fields_->remove(FieldName::host);
  return same;
}

bool H2HeadReader::finish_response(bool end, bool no_content) {
  if (pseudo_ != kStatus || (response_->interim() && end)) return false;
  const bool never_has_content = response_->status == 204 || response_->status == 304;
  return finish_length(response_->body, end, no_content || never_has_content);
}

bool H2HeadReader::finish_length(Body& body, bool end, bool may_lack) {
  body.framing = end ? Framing::none : Framing::chunked;
  const Field* field = fields_->find(FieldName::content_length);
  if (field == nullptr) return true;
  const auto length = content_length_of(fields_->value_of(*field));
  if (!length || std::ranges::count(fields_->fields(), FieldName::content_length, &Field::id) > 1) return false;
  if (end) return *length == 0 || may_lack;
  body = {Framing::length, *length};
  return true;
}

}  // namespace naru::http
