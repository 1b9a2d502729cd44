#include "dns/query_log.h"

#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

void fill(QueryRecord& record, std::string_view wire) {
  record = {};
  record.when = std::chrono::system_clock::time_point(std::chrono::microseconds(1'700'000'000'000'042));
  record.client = {Transport::udp, {ip("10.1.0.1"), Port(4711)}};
  record.type = Type::a;
  record.rr_class = kClassIn;
  record.id = 7;
  record.query_size = 44;
  record.took = std::chrono::microseconds(12);
  record.set_name({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

TEST_CASE("a query as a line") {
  QueryRecord record;
  fill(record, std::string_view("\3Web\1\"\0", 7));
  record.answered = true;
  record.flags = kQr | kAa | kRd;
  record.rcode = Rcode::no_error;
  record.reply_size = 60;
  CHECK(query_line(record) == R"({"time":"2023-11-14T22:13:20.000042Z","client":"10.1.0.1:4711","proto":"udp","id":7,)"
                              R"("name":"Web.\".","type":"A","class":"IN","flags":"qr,aa,rd","size":44,)"
                              R"("rcode":"NOERROR","replySize":60,"forwarded":false,"microseconds":12})");
  fill(record, {});
  record.client.transport = Transport::tcp;
  CHECK(query_line(record) == R"({"time":"2023-11-14T22:13:20.000042Z","client":"10.1.0.1:4711","proto":"tcp","id":7,)"
                              R"("flags":"","size":44,"dropped":true,"microseconds":12})");
}

TEST_CASE("what is put is taken in order, and what finds no room is lost") {
  QueryLogRing ring(1);
  std::uint16_t next = 0;
  const auto put = [&] {
    QueryRecord* slot = ring.slot();
    if (slot == nullptr) return false;
    slot->id = next++;
    ring.commit();
    return true;
  };
  std::uint16_t expected = 0;
  for (int round = 0; round < 3; ++round) {
    int fitted = 0;
    while (put()) ++fitted;
    CHECK(fitted == 4096);
    CHECK(ring.take_all([&](const QueryRecord& record) { REQUIRE(record.id == expected++); }) == 4096);
  }
  CHECK(ring.take_all([](const QueryRecord&) {}) == 0);
}

TEST_CASE("a sample of one in so many") {
  QueryLogRing ring(3);
  std::string wanted;
  for (int i = 0; i < 7; ++i) wanted += ring.wants_next() ? 'x' : '.';
  CHECK(wanted == "x..x..x");
}

}  // namespace
}  // namespace naru::dns::test
