#include "dns/types.h"

#include <fmt/format.h>

namespace naru::dns {

std::string to_string(Type type) {
  switch (type) {
    case Type::a:
      return "A";
    case Type::ns:
      return "NS";
    case Type::cname:
      return "CNAME";
    case Type::soa:
      return "SOA";
    case Type::ptr:
      return "PTR";
    case Type::hinfo:
      return "HINFO";
    case Type::mx:
      return "MX";
    case Type::txt:
      return "TXT";
    case Type::aaaa:
      return "AAAA";
    case Type::srv:
      return "SRV";
    case Type::dname:
      return "DNAME";
    case Type::opt:
      return "OPT";
    case Type::https:
      return "HTTPS";
    case Type::tkey:
      return "TKEY";
    case Type::tsig:
      return "TSIG";
    case Type::ixfr:
      return "IXFR";
    case Type::axfr:
      return "AXFR";
    case Type::mailb:
      return "MAILB";
    case Type::maila:
      return "MAILA";
    case Type::any:
      return "ANY";
  }
  return fmt::format("TYPE{}", static_cast<unsigned>(type));
}

std::string to_string(Rcode rcode) {
  switch (rcode) {
    case Rcode::no_error:
      return "NOERROR";
    case Rcode::form_err:
      return "FORMERR";
    case Rcode::serv_fail:
      return "SERVFAIL";
    case Rcode::nx_domain:
      return "NXDOMAIN";
    case Rcode::not_imp:
      return "NOTIMP";
    case Rcode::refused:
      return "REFUSED";
    case Rcode::bad_vers:
      return "BADVERS";
    case Rcode::bad_cookie:
      return "BADCOOKIE";
  }
  return fmt::format("RCODE{}", static_cast<unsigned>(rcode));
}

std::string_view to_string(Transport transport) {
  return transport == Transport::udp ? "udp" : "tcp";
}

}  // namespace naru::dns
