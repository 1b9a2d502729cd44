// A change costs the names that it changes, whatever else there is.
#include "dns/zone.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

/// 33,333 Services of three names each, and a headless one with three endpoints.
const Zone& large_zone() {
  static const Zone zone = [] {
    Zone made(options());
    for (std::uint32_t i = 0; i < 33'333; ++i) {
      made.set_service(cluster_ip("ns" + std::to_string(i % 100), "s" + std::to_string(i),
                                  {IpAddress::v4(0x0a600100U + i)}, {{"http", Protocol::tcp, Port(80)}}));
    }
    made.set_service(headless("ns0", "db", {{ip("10.1.0.1"), "", true, {}}, {ip("10.1.0.2"), "", true, {}}}));
    made.set_synced(true);
    return made;
  }();
  return zone;
}

/// The names at which the two differ.
Lines changed_names(const Zone& before, const Zone& after) {
  Lines names;
  Zone::for_each_change(before, after, [&](const RecordSet* was, const RecordSet* is) {
    names.push_back(presentation((is != nullptr ? is : was)->owner()));
  });
  return sorted(names);
}

TEST_CASE("among a hundred thousand names a change touches its own only") {
  REQUIRE(large_zone().names() > 100'000);
  struct Row {
    const char* why;
    void (*change)(Zone&);
    Lines names;
  };
  const Row rows[] = {
      {"the same again",
       [](Zone& zone) {
         zone.set_service(headless("ns0", "db", {{ip("10.1.0.1"), "", true, {}}, {ip("10.1.0.2"), "", true, {}}}));
       },
       {}},
      {"one endpoint for another",
       [](Zone& zone) {
         zone.set_service(headless("ns0", "db", {{ip("10.1.0.1"), "", true, {}}, {ip("10.1.0.3"), "", true, {}}}));
       },
       {"10-1-0-2.db.ns0.svc.cluster.local.", "10-1-0-3.db.ns0.svc.cluster.local.", "2.0.1.10.in-addr.arpa.",
        "3.0.1.10.in-addr.arpa.", "db.ns0.svc.cluster.local."}},
      {"the last endpoint",
       [](Zone& zone) { zone.set_service(headless("ns0", "db", {})); },
       {"1.0.1.10.in-addr.arpa.", "10-1-0-1.db.ns0.svc.cluster.local.", "10-1-0-2.db.ns0.svc.cluster.local.",
        "2.0.1.10.in-addr.arpa.", "db.ns0.svc.cluster.local."}},
      {"a Service that goes",
       [](Zone& zone) {
         zone.erase_service({"ns7", "s7"});
       },
       {"7.1.96.10.in-addr.arpa.", "_http._tcp.s7.ns7.svc.cluster.local.", "_tcp.s7.ns7.svc.cluster.local.",
        "s7.ns7.svc.cluster.local."}},
      {"a namespace that comes", [](Zone& zone) { zone.set_namespace("new"); }, {"new.svc.cluster.local."}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Zone next = large_zone();
    row.change(next);
    CHECK(changed_names(large_zone(), next) == row.names);
  }
}

}  // namespace
}  // namespace naru::dns::test
