#include "http/reason.h"

#include <array>

namespace naru::http {
namespace {

struct Entry {
  std::string_view name;
  int status;
  int grpc_status;
};

// gRPC: 4 DEADLINE_EXCEEDED, 7 PERMISSION_DENIED, 8 RESOURCE_EXHAUSTED, 12 UNIMPLEMENTED, 13 INTERNAL, 14 UNAVAILABLE.
constexpr std::array<Entry, kReasons> kEntries = {{
    {"none", 200, 0},
    {"no_endpoint", 503, 14},
    {"connect_failed", 503, 14},
    {"endpoint_reset", 502, 14},
    {"bad_response", 502, 14},
    {"per_try_timeout", 504, 4},
    {"request_timeout", 504, 4},
    {"hold_timeout", 503, 14},
    {"retry_budget_spent", 503, 14},
    {"overloaded", 503, 8},
    {"bad_request", 400, 13},
    {"request_head_timeout", 408, 4},
    {"request_body_timeout", 408, 4},
    {"head_too_large", 431, 8},
    {"connect_refused", 405, 12},
    {"forwards_spent", 405, 12},
    {"not_implemented", 501, 12},
    {"version_not_supported", 505, 12},
    {"shutting_down", 503, 14},
    {"source_denied", 403, 7},
}};

constexpr const Entry& entry(Reason reason) {
  return kEntries[static_cast<std::size_t>(reason)];
}
static_assert(entry(Reason::source_denied).status == 403);

/// grpc-message: printable ASCII but "%", the rest as %XX.
std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

std::string line_of(Reason reason, std::string_view detail) {
  std::string line = "naru: ";
  line.append(to_string(reason));
  if (!detail.empty()) line.append(": ").append(detail);
  return line;
}

LocalAnswer grpc_answer(Reason reason, std::string_view detail) {
  LocalAnswer answer;
  answer.head.status = 200;
  FieldBlock& fields = answer.head.fields;
  fields.add(FieldName::content_type, "application/grpc");
  fields.add(FieldName::grpc_status, std::to_string(grpc_status_for(reason)));
  fields.add(FieldName::grpc_message, percent_encoded(line_of(reason, detail)));
  fields.add(FieldName::x_naru_reason, to_string(reason));
  return answer;
}

}  // namespace

std::string_view to_string(Reason reason) {
  return entry(reason).name;
}

int status_for(Reason reason) {
  return entry(reason).status;
}

int grpc_status_for(Reason reason) {
  return entry(reason).grpc_status;
}

Reason reason_for(H1Fault fault) {
  switch (fault) {
    case H1Fault::none:
      return Reason::none;
    case H1Fault::head_too_large:
    case H1Fault::too_many_fields:
    case H1Fault::trailers_too_large:
      return Reason::head_too_large;
    case H1Fault::bad_version:
      return Reason::version_not_supported;
    case H1Fault::unknown_transfer_coding:
      return Reason::not_implemented;
    default:
      return Reason::bad_request;
  }
}

Reason reason_for(RequestFault fault) {
  if (fault == RequestFault::none) return Reason::none;
  return fault == RequestFault::connect_refused ? Reason::connect_refused : Reason::bad_request;
}

LocalAnswer local_answer(Reason reason, std::string_view detail, bool grpc) {
  if (grpc) return grpc_answer(reason, detail);
  LocalAnswer answer;
  answer.head.status = status_for(reason);
  answer.body = line_of(reason, detail) + "\n";
  answer.head.body = {Framing::length, answer.body.size()};
  FieldBlock& fields = answer.head.fields;
  fields.add(FieldName::content_type, "text/plain; charset=utf-8");
  fields.add(FieldName::content_length, std::to_string(answer.body.size()));
  fields.add(FieldName::x_naru_reason, to_string(reason));
  // RFC 9110 15.5.6: 405 says what would be allowed.
  if (answer.head.status == 405) fields.add("allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
  return answer;
}

}  // namespace naru::http
