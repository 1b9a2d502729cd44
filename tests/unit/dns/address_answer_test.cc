#include "dns/address_answer.h"

#include "tests/unit/dns/upstream_answer.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

/// "found 192.0.2.1 192.0.2.2 for 60 s"
std::string read(const Bytes& message, Family family = Family::ipv4) {
  const AddressAnswer answer = read_addresses(message, family);
  std::string text = answer.kind == AddressAnswer::Kind::found  ? "found"
                     : answer.kind == AddressAnswer::Kind::none ? "none"
                                                                : "failure";
  for (const IpAddress& ip : answer.addresses) text += " " + ip.to_string();
  if (answer.kind == AddressAnswer::Kind::failure) return text;
  return text + fmt::format(" for {} s", answer.ttl / std::chrono::seconds(1));
}

const char* const kName = "www.example.com";

UpstreamAnswer about(Type type = Type::a, unsigned rcode = 0) {
  return UpstreamAnswer(kName, type, rcode);
}

TEST_CASE("what an answer says of a name's addresses") {
  Bytes six(16, 0);
  six[0] = 0xfd;
  six[15] = 1;
  struct Row {
    const char* why;
    Bytes message;
    const char* expected;
  };
  const Row rows[] = {
      {"an address", about().a(kName, 60).bytes(), "found 192.0.2.1 for 60 s"},
      {"several, in the order of numbers, each once, the least TTL",
       about().a(kName, 60, 9).a(kName, 30, 2).a(kName, 60, 9).bytes(), "found 192.0.2.2 192.0.2.9 for 30 s"},
      {"behind a CNAME, whose TTL counts too", about().cname(kName, 7, "b.test").a("b.test", 60).bytes(),
       "found 192.0.2.1 for 7 s"},
      {"letters in any case", about().a("WWW.example.COM", 60).bytes(), "found 192.0.2.1 for 60 s"},
      {"records of other names are of no interest", about().a("other.test", 60).a(kName, 90, 3).bytes(),
       "found 192.0.2.3 for 90 s"},
      {"a TTL with the highest bit set is 0", about().a(kName, 0x80000000U).bytes(), "found 192.0.2.1 for 0 s"},
      {"no such name, for as long as the SOA says", about(Type::a, 3).soa("example.com", 900, 20).bytes(),
       "none for 20 s"},
      {"no such name, without an SOA", about(Type::a, 3).bytes(), "none for 5 s"},
      {"no such type", about().soa("example.com", 10, 20).bytes(), "none for 10 s"},
      {"a CNAME that leads to nothing", about().cname(kName, 7, "b.test").bytes(), "none for 5 s"},
      {"an address of the other family", about().record(0, kName, Type::aaaa, 60, six).bytes(), "none for 5 s"},
      {"SERVFAIL", about(Type::a, 2).bytes(), "failure"},
      {"REFUSED", about(Type::a, 5).bytes(), "failure"},
      {"no answer", {}, "failure"},
      {"a header alone", Bytes(12, 0), "failure"},
      {"an address that is too short", about().record(0, kName, Type::a, 60, {192, 0, 2}).bytes(), "failure"},
      {"one that was cut off", UpstreamAnswer(kName, Type::a, 0, kQr | kTc).a(kName, 60).bytes(), "failure"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(read(row.message) == row.expected);
  }
  const Bytes message = about(Type::aaaa).record(0, kName, Type::aaaa, 60, six).bytes();
  CHECK(read(message, Family::ipv6) == "found fd00::1 for 60 s");
  CHECK(read(about().a(kName, 60).bytes(), Family::ipv6) == "none for 5 s");
}

TEST_CASE("a question for addresses is one that our own zone answers") {
  Zone zone(options());
  zone.set_namespace("shop");
  zone.set_synced(true);
  const auto name = Name::parse("ns.dns.cluster.local");
  Query query;
  Bytes out(kMaxMessageSize);
  const Answer answered = answer(address_query(*name, Family::ipv4), zone, {}, query, out);
  REQUIRE(answered.action == Action::reply);
  out.resize(answered.size);
  CHECK(read(out) == "found 10.96.0.10 for 5 s");
  CHECK(query.type == Type::a);
  CHECK(answer(address_query(*name, Family::ipv6), zone, {}, query, out).action == Action::reply);
  CHECK(query.type == Type::aaaa);
}

}  // namespace
}  // namespace naru::dns::test
