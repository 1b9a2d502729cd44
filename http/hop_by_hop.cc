// Fields that are for one connection only (RFC 9110 7.6.1).
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "http/request_rules.h"

namespace naru::http {
namespace {

/// More options than a head may have fields name nothing new; a list without end is not worth the time.
constexpr std::size_t kMostOptions = 100;

/// What Connection may name without effect here: for all recipients, or dealt with below.
bool is_kept_if_named(FieldName id) {
  switch (id) {
    case FieldName::connection:
    case FieldName::content_length:
    case FieldName::content_type:
    case FieldName::forwarded:
    case FieldName::host:
    case FieldName::te:
    case FieldName::upgrade:
    case FieldName::via:
    case FieldName::x_forwarded_for:
    case FieldName::x_forwarded_host:
    case FieldName::x_forwarded_port:
    case FieldName::x_forwarded_proto:
    case FieldName::x_naru_reason:
    case FieldName::x_request_id:
      return true;
    default:
      return false;
  }
}

/// Options that are no fields, or fields that are dealt with anyway: almost every Connection there is.
bool names_nothing_more(std::string_view options) {
  for (const std::string_view usual : {"keep-alive", "close", "Upgrade", "TE", "keep-alive, Upgrade"}) {
    if (equal_ignoring_case(options, usual)) return true;
  }
  return false;
}

void remove_named(FieldBlock& fields) {
  std::vector<std::string_view> lists;  // into the block's bytes, which removing leaves alone
  for (const Field& field : fields.fields()) {
    const bool names = field.id == FieldName::connection && !names_nothing_more(fields.value_of(field));
    if (names) lists.push_back(fields.value_of(field));
  }
  std::size_t left = kMostOptions;
  for (std::string_view list : lists) {
    for (; !list.empty() && left > 0; --left) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string_view option = trim(list.substr(0, comma));
      fields.remove_if([option](std::string_view name, std::string_view, FieldName id) {
        return equal_ignoring_case(name, option) && !is_kept_if_named(id);
      });
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }
}

void remove_for_one_connection(FieldBlock& fields, bool keep_upgrade) {
  if (fields.has(FieldName::connection)) remove_named(fields);
  fields.remove_if([keep_upgrade](std::string_view, std::string_view, FieldName id) {
    switch (id) {
      case FieldName::connection:
      case FieldName::http2_settings:
      case FieldName::keep_alive:
      case FieldName::proxy_connection:
      case FieldName::te:
      case FieldName::transfer_encoding:
        return true;
      case FieldName::upgrade:
        return !keep_upgrade;
      default:
        return false;
    }
  });
}

}  // namespace

void remove_hop_by_hop(RequestHead& head) {
  remove_for_one_connection(head.fields, head.upgrade);
  if (head.te_trailers) head.fields.add(FieldName::te, "trailers");
}

void remove_hop_by_hop(ResponseHead& head) {
  remove_for_one_connection(head.fields, head.status == 101 || head.status == 426);
}

}  // namespace naru::http
