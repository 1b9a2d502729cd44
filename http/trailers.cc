#include "http/trailers.h"

#include <algorithm>
#include <array>

namespace naru::http {
namespace {

/// Those that have no FieldName.
constexpr std::array<std::string_view, 22> kForbidden = {
    "accept-encoding",
    "age",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-range",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "location",
    "max-forwards",
    "pragma",
    "range",
    "retry-after",
    "set-cookie",
    "x-real-ip",
    "vary",
    "warning",
    "www-authenticate",
};

}  // namespace

bool may_be_trailer(std::string_view name, FieldName id) {
  switch (id) {
    case FieldName::other:
      return std::ranges::none_of(kForbidden, [&](std::string_view each) { return equal_ignoring_case(each, name); });
    case FieldName::grpc_message:
    case FieldName::grpc_status:
    case FieldName::server:
    case FieldName::x_naru_reason:
      return true;
    default:
      return false;
  }
}

}  // namespace naru::http
