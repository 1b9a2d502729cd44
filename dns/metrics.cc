#include "dns/metrics.h"

namespace naru::dns {

std::string_view to_string(DropReason reason) {
  constexpr std::array<std::string_view, kDropReasons> kNames{
      "runt", "response", "oversized", "send_buffer_full", "send_failed", "client_gone", "rate_limited"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view to_string(ForwardResult result) {
  constexpr std::array<std::string_view, kForwardResults> kNames{"answered", "timeout", "refused", "server_fail",
                                                                 "malformed"};
  return kNames[static_cast<std::size_t>(result)];
}

std::string_view to_string(CutReason reason) {
  constexpr std::array<std::string_view, kCutReasons> kNames{"idle", "slow_reader", "client_limit", "total_limit",
                                                             "bad_message"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view to_string(CookieVerdict verdict) {
  constexpr std::array<std::string_view, kCookieVerdicts> kNames{"none", "first", "valid", "bad"};
  return kNames[static_cast<std::size_t>(verdict)];
}

TypeClass type_class(Type type) {
  switch (type) {
    case Type::a:
      return TypeClass::a;
    case Type::aaaa:
      return TypeClass::aaaa;
    case Type::srv:
      return TypeClass::srv;
    case Type::ptr:
      return TypeClass::ptr;
    case Type::cname:
      return TypeClass::cname;
    case Type::txt:
      return TypeClass::txt;
    case Type::soa:
      return TypeClass::soa;
    case Type::ns:
      return TypeClass::ns;
    case Type::mx:
      return TypeClass::mx;
    case Type::https:
      return TypeClass::https;
    case Type::any:
      return TypeClass::any;
    default:
      return TypeClass::other;
  }
}

std::string_view to_string(TypeClass type) {
  constexpr std::array<std::string_view, kTypeClasses> kNames{"A",   "AAAA", "SRV", "PTR",   "CNAME", "TXT",
                                                              "SOA", "NS",   "MX",  "HTTPS", "ANY",   "other"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace naru::dns
