#include "http/forwarding.h"

#include <algorithm>
#include <array>

#include "http/h1_chars.h"

namespace naru::http {
namespace {

/// All that the field says, in one list: several fields are one list in several lines (RFC 9110 5.3).
std::string joined(const FieldBlock& fields, FieldName name) {
  std::string out;
  for (const Field& field : fields.fields()) {
    if (field.id != name || field.value.size == 0) continue;
    if (!out.empty()) out.append(", ");
    out.append(fields.value_of(field));
  }
  return out;
}

void append_to_list(FieldBlock& fields, FieldName name, std::string_view element) {
  if (!fields.has(name)) return fields.add(name, element);
  std::string list = joined(fields, name);
  if (!list.empty()) list.append(", ");
  fields.set(name, list.append(element));
}

void set_authority(RequestHead& head, FieldName name) {
  head.fields.remove(name);
  // By index: the authority's bytes are in the block already.
  if (head.authority.size != 0) head.fields.index(head.fields.keep(to_string(name)), head.authority, name);
}

/// What the connection says, in place of what the client did.
void tell(RequestHead& head, std::string_view address) {
  head.fields.add(FieldName::x_forwarded_for, address);
  head.fields.add(FieldName::x_forwarded_proto, "http");
  set_authority(head, FieldName::x_forwarded_host);
}

/// Adds to what a trusted client says; what it left out is told for it.
void tell_more(RequestHead& head, std::string_view address) {
  FieldBlock& fields = head.fields;
  append_to_list(fields, FieldName::x_forwarded_for, address);
  if (!fields.has(FieldName::x_forwarded_proto)) fields.add(FieldName::x_forwarded_proto, "http");
  if (!fields.has(FieldName::x_forwarded_host)) set_authority(head, FieldName::x_forwarded_host);
}

/// RFC 7239 4: what is no token is quoted, and so are IPv6 addresses, in brackets.
void append_pair(std::string& out, std::string_view name, std::string_view value) {
  const bool token = is_token(value);
  out.append(name).append(token ? "=" : "=\"").append(value).append(token ? "" : "\"");
}

std::string forwarded_element(const RequestHead& head, const IpAddress& client, std::string_view address) {
  std::string out;
  append_pair(out, "for", client.is_v4() ? std::string(address) : "[" + std::string(address) + "]");
  if (head.authority.size != 0) append_pair(out, ";host", head.text(head.authority));
  append_pair(out, ";proto", "http");
  return out;
}

std::string_view via(Version version) {
  switch (version) {
    case Version::http10:
      return "1.0 naru";
    case Version::http11:
      return "1.1 naru";
    case Version::http2:
      break;
  }
  return "2 naru";
}

void set_request_id(FieldBlock& fields, Random& random) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 32> id{};
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < id.size(); ++i, bits >>= 4) {
    if (i % 16 == 0) bits = random();
    id[i] = kDigits[bits & 15];
  }
  fields.set(FieldName::x_request_id, {id.data(), id.size()});
}

void forget_claims(FieldBlock& fields) {
  fields.remove_if([](std::string_view, std::string_view, FieldName id) {
    switch (id) {
      case FieldName::forwarded:
      case FieldName::x_forwarded_for:
      case FieldName::x_forwarded_host:
      case FieldName::x_forwarded_port:
      case FieldName::x_forwarded_proto:
        return true;
      default:
        return false;
    }
  });
}

}  // namespace

void add_forwarding(RequestHead& head, const ForwardingRules& rules, const IpAddress& client, Random& random) {
  const bool trusted = std::ranges::any_of(rules.trusted, [&](const Cidr& cidr) { return cidr.contains(client); });
  FieldBlock& fields = head.fields;
  if (!trusted) forget_claims(fields);
  const std::string address = client.to_string();
  if (rules.x_forwarded) trusted ? tell_more(head, address) : tell(head, address);
  if (rules.forwarded) append_to_list(fields, FieldName::forwarded, forwarded_element(head, client, address));
  if (rules.via) append_to_list(fields, FieldName::via, via(head.version));
  const bool own_id = trusted && !fields.value_or_empty(FieldName::x_request_id).empty();
  if (rules.request_id && !own_id) set_request_id(fields, random);
}

}  // namespace naru::http
