#include "http/h1_writer.h"

#include <array>
#include <charconv>
#include <utility>

namespace naru::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_length(std::string& out, std::uint64_t length) {
  out.append("Content-Length: ");
  append_number(out, length);
  out.append("\r\n");
}

/// Collects field lines that stand as "Name: value\r\n" one after the other in the block, as those of a parsed head do,
/// and copies each run at once.
class LineCopier {
 public:
  LineCopier(std::string& out, const FieldBlock& fields) : out_(out), fields_(fields) {}
  ~LineCopier() { flush(); }
  LineCopier(const LineCopier&) = delete;
  LineCopier& operator=(const LineCopier&) = delete;

  void add(const Field& field) {
    if (!stands_as_line(field)) {
      flush();
      append_line(out_, fields_.name_of(field), fields_.value_of(field));
      return;
    }
    if (field.name.at != run_.at + run_.size) {
      flush();
      run_.at = field.name.at;
    }
    run_.size = field.value.at + field.value.size + 2 - run_.at;
  }

 private:
  [[nodiscard]] bool stands_as_line(const Field& field) const {
    const Slice between{field.name.at + field.name.size, 2};
    const Slice after{field.value.at + field.value.size, 2};
    return field.value.at == between.at + 2 && after.at + 2 <= fields_.bytes() && fields_.view(between) == ": " &&
           fields_.view(after) == "\r\n";
  }
  void flush() {
    out_.append(fields_.view(run_));
    run_ = {};
  }

  std::string& out_;
  const FieldBlock& fields_;
  Slice run_;
};

bool is_written_apart(FieldName id) {
  switch (id) {
    case FieldName::connection:
    case FieldName::content_length:
    case FieldName::host:
    case FieldName::transfer_encoding:
      return true;
    default:
      return false;
  }
}

/// `with_host`: of responses, where Host has no meaning and is carried as it is.
void append_fields(std::string& out, const FieldBlock& fields, bool with_host) {
  LineCopier copier(out, fields);
  for (const Field& field : fields.fields()) {
    if (!is_written_apart(field.id) || (with_host && field.id == FieldName::host)) copier.add(field);
  }
}

/// One Connection field for the options that are true.
void append_connection(std::string& out, std::initializer_list<std::pair<bool, std::string_view>> options) {
  std::string_view before = "Connection: ";
  for (const auto& [wanted, option] : options) {
    if (!wanted) continue;
    out.append(before).append(option);
    before = ", ";
  }
  if (before == ", ") out.append("\r\n");
}

void append_body_fields(std::string& out, const Body& body) {
  if (body.framing == Framing::length) append_length(out, body.length);
  if (body.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
}

void append_status_line(std::string& out, const ResponseHead& head) {
  const std::string_view reason = head.text(head.reason);
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(head.status));
  out.append(" ").append(reason.empty() ? reason_phrase(head.status) : reason).append("\r\n");
}

/// RFC 9110 8.6: Content-Length says what would have come. 1xx and 204 have none; neither has a tunnel.
bool may_have_length(const ResponseHead& head) {
  return head.status >= 200 && head.status != 204 && head.body.framing != Framing::tunnel;
}

/// Of a message that no content follows: the length is told, not sent.
void append_told_length(std::string& out, const ResponseHead& head) {
  if (head.fields.has(FieldName::content_length)) {
    append_line(out, "Content-Length", head.fields.value_or_empty(FieldName::content_length));
  } else if (head.body.framing == Framing::length) {
    append_length(out, head.body.length);
  }
}

/// Returns whether the connection must end for the content to end.
bool append_response_framing(std::string& out, const ResponseHead& head, Version client_version, bool to_head) {
  if (!may_have_length(head)) return false;
  if (to_head || head.status == 304) {
    append_told_length(out, head);
    return false;
  }
  // Without it a client would wait for the connection's end.
  if (head.body.framing == Framing::none) append_length(out, 0);
  const bool too_old = head.body.framing == Framing::chunked && client_version == Version::http10;
  if (too_old || head.body.framing == Framing::until_close) return true;
  append_body_fields(out, head.body);
  return false;
}

}  // namespace

void append_request_head(std::string& out, const RequestHead& head, bool keep_alive) {
  const FieldBlock& fields = head.fields;
  out.reserve(out.size() + fields.bytes() + 128);
  out.append(head.text(head.method_text)).append(" ");
  out.append(head.text(head.method == Method::connect ? head.authority : head.path)).append(" HTTP/1.1\r\n");
  const Field* host = fields.find(FieldName::host);
  append_line(out, "Host", host != nullptr ? fields.value_of(*host) : head.text(head.authority));
  append_fields(out, fields, false);
  append_body_fields(out, head.body);
  append_connection(
      out, {{!keep_alive, "close"}, {head.upgrade, "Upgrade"}, {head.te_trailers && fields.has(FieldName::te), "TE"}});
  out.append("\r\n");
}

bool append_response_head(std::string& out, const ResponseHead& head, Version client_version, bool keep_alive,
                          bool to_head) {
  out.reserve(out.size() + head.fields.bytes() + 128);
  append_status_line(out, head);
  append_fields(out, head.fields, true);
  const bool ends_by_close = append_response_framing(out, head, client_version, to_head);
  const bool tunnel = head.body.framing == Framing::tunnel;
  const bool last = (ends_by_close || !keep_alive) && !tunnel && !head.interim();
  append_connection(out, {{last, "close"},
                          {head.fields.has(FieldName::upgrade), "Upgrade"},
                          {!last && !tunnel && !head.interim() && client_version == Version::http10, "keep-alive"}});
  out.append("\r\n");
  return !ends_by_close;
}

}  // namespace naru::http
