// Names of Pods, and names given by hand.
#include "base/random.h"
#include "dns/hosts_file.h"
#include "dns/zone.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

Zone zone_with_pods(PodNames mode) {
  ZoneOptions with = options();
  with.pods = mode;
  Zone zone(with);
  zone.set_pod("shop", "web-1", {ip("10.1.0.1"), ip("fd00::1")});
  zone.set_pod("shop", "web-2", {ip("10.1.0.2"), ip("fd00:1::")});
  zone.set_pod("bank", "host-1", {ip("192.0.2.9")});
  zone.set_pod("shop", "host-2", {ip("192.0.2.9")});
  zone.set_service(external("shop", "alias", "10-1-0-1.shop.pod.cluster.local"));
  zone.set_namespace("empty");
  zone.set_synced(true);
  return zone;
}

TEST_CASE("names of Pods, by mode") {
  struct Row {
    const char* why;
    const char* name;
    Type type;
    const char* disabled;
    const char* insecure;
    const char* verified;
  };
  const Row rows[] = {
      {"a Pod", "10-1-0-1.shop.pod.cluster.local", Type::a, "NXDOMAIN", "10.1.0.1", "10.1.0.1"},
      {"any case", "10-1-0-1.SHOP.Pod.cluster.local", Type::a, "NXDOMAIN", "10.1.0.1", "10.1.0.1"},
      {"its other family", "fd00--1.shop.pod.cluster.local", Type::aaaa, "NXDOMAIN", "fd00::1", "fd00::1"},
      {"with the zero that dashes need", "fd00-1--0.shop.pod.cluster.local", Type::aaaa, "NXDOMAIN",
       "fd00:1::", "fd00:1::"},
      {"written out", "fd00-0-0-0-0-0-0-1.shop.pod.cluster.local", Type::aaaa, "NXDOMAIN", "fd00::1", "fd00::1"},
      {"of the other type", "10-1-0-1.shop.pod.cluster.local", Type::aaaa, "NXDOMAIN", "NODATA", "NODATA"},
      {"of any type", "10-1-0-1.shop.pod.cluster.local", Type::any, "NXDOMAIN", "10.1.0.1", "10.1.0.1"},
      {"of another type", "10-1-0-1.shop.pod.cluster.local", Type::mx, "NXDOMAIN", "NODATA", "NODATA"},
      {"of nobody", "10-9-9-9.shop.pod.cluster.local", Type::a, "NXDOMAIN", "10.9.9.9", "NXDOMAIN"},
      {"in another namespace", "10-1-0-1.bank.pod.cluster.local", Type::a, "NXDOMAIN", "10.1.0.1", "NXDOMAIN"},
      {"in no namespace", "10-1-0-1.gone.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"one of several on a node", "192-0-2-9.bank.pod.cluster.local", Type::a, "NXDOMAIN", "192.0.2.9", "192.0.2.9"},
      {"the other", "192-0-2-9.shop.pod.cluster.local", Type::a, "NXDOMAIN", "192.0.2.9", "192.0.2.9"},
      {"no address", "web-1.shop.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"too large a number", "10-1-0-256.shop.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"with dots", "10.1.0.1.shop.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"below a Pod", "x.10-1-0-1.shop.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"pod itself", "pod.cluster.local", Type::a, "NXDOMAIN", "NODATA", "NODATA"},
      {"a namespace of Pods", "shop.pod.cluster.local", Type::a, "NXDOMAIN", "NODATA", "NODATA"},
      {"a namespace without", "empty.pod.cluster.local", Type::a, "NXDOMAIN", "NODATA", "NODATA"},
      {"a namespace that is not there", "gone.pod.cluster.local", Type::a, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"},
      {"behind an alias", "alias.shop.svc.cluster.local", Type::a, "SERVFAIL", "10.1.0.1", "10.1.0.1"},
  };
  const Zone zones[] = {zone_with_pods(PodNames::disabled), zone_with_pods(PodNames::insecure),
                        zone_with_pods(PodNames::verified)};
  for (const Row& row : rows) {
    const char* expected[] = {row.disabled, row.insecure, row.verified};
    for (std::size_t mode = 0; mode < 3; ++mode) {
      INFO(row.why << " in mode " << mode);
      const ReplyText reply = ask(zones[mode], row.name, row.type);
      const std::string last = reply.answer.empty() ? "" : reply.answer.back();
      CHECK((last.empty() ? verdict(reply) : last.substr(last.rfind(' ') + 1)) == expected[mode]);
      CHECK(reply.has(kAa) == (std::string_view(expected[mode]) != "SERVFAIL"));
    }
  }
}

TEST_CASE("a Pod's name goes with its last owner, and its namespace with its last Pod") {
  Zone zone = zone_with_pods(PodNames::verified);
  const auto asked = [&](const char* name) { return verdict(ask(zone, name)); };
  CHECK(zone.set_pod("shop", "web-1", {ip("10.1.0.7")}));
  CHECK_FALSE(zone.set_pod("shop", "web-1", {ip("10.1.0.7")}));
  CHECK(asked("10-1-0-1.shop.pod.cluster.local") == "NXDOMAIN");
  CHECK(asked("10-1-0-7.shop.pod.cluster.local") == "NOERROR");
  zone.set_pod("shop", "copy", {ip("10.1.0.7")});
  CHECK(zone.erase_pod("shop", "web-1"));
  CHECK_FALSE(zone.erase_pod("shop", "web-1"));
  CHECK(asked("10-1-0-7.shop.pod.cluster.local") == "NOERROR");
  zone.erase_pod("shop", "copy");
  CHECK(asked("10-1-0-7.shop.pod.cluster.local") == "NXDOMAIN");
  CHECK(asked("bank.pod.cluster.local") == "NODATA");
  zone.erase_pod("bank", "host-1");
  CHECK(asked("bank.pod.cluster.local") == "NXDOMAIN");
}

TEST_CASE("whose an address is") {
  Zone zone = zone_with_pods(PodNames::disabled);
  const auto space = [&](const char* address) {
    const std::string* found = zone.pod_namespace(ip(address));
    return found != nullptr ? *found : "nobody's";
  };
  CHECK(space("10.1.0.1") == "shop");
  CHECK(space("fd00::1") == "shop");
  CHECK(space("10.1.0.9") == "nobody's");
  CHECK(space("192.0.2.9") == "nobody's");  // Pods of two namespaces have it
  zone.erase_pod("bank", "host-1");
  CHECK(space("192.0.2.9") == "shop");
}

TEST_CASE("Pods in any order leave what the last of them say") {
  Random random(5);
  ZoneOptions with = options();
  with.pods = PodNames::verified;
  for (int round = 0; round < 20; ++round) {
    Zone changed(with);
    std::map<std::string, std::vector<IpAddress>> wanted;
    for (int i = 0; i < 60; ++i) {
      const std::string name = "p" + std::to_string(random.below(6));
      std::vector<IpAddress> ips;
      for (std::uint32_t n = random.below(3); n > 0; --n) ips.push_back(IpAddress::v4(0x0a010000U + random.below(4)));
      if (ips.empty()) {
        changed.erase_pod("d", name);
        wanted.erase(name);
      } else {
        changed.set_pod("d", name, ips);
        wanted[name] = ips;
      }
    }
    Zone built(with);
    for (const auto& [name, ips] : wanted) built.set_pod("d", name, ips);
    CHECK(same_content(changed, built));
  }
}

TEST_CASE("names of Pods are told to people where they are verified") {
  std::set<std::string> lines;
  zone_with_pods(PodNames::verified).for_each_record([&](const RecordText& record) {
    lines.insert(record.name + " " + record.type + " " + record.data);
  });
  CHECK(lines.contains("10-1-0-1.shop.pod.cluster.local. A 10.1.0.1"));
  CHECK(lines.contains("fd00-1--0.shop.pod.cluster.local. AAAA fd00:1::"));
}

// ---- hosts ----

HostRecord host(const char* address, std::vector<const char*> names) {
  HostRecord record{ip(address), {}};
  for (const char* name : names) record.names.push_back(*Name::parse(name));
  return record;
}

TEST_CASE("names given by hand, and the way back") {
  Zone zone(options());
  zone.set_synced(true);
  zone.set_service(cluster_ip("shop", "web", {ip("10.96.0.1")}));
  zone.set_service(external("shop", "db", "db.example.com"));
  zone.set_hosts({host("192.0.2.1", {"db.example.com", "db2.example.com"}), host("2001:db8::1", {"db.example.com"}),
                  host("10.96.0.1", {"vip.example.com"}), host("0.0.0.0", {"ads.example.com"}),
                  host("192.0.2.2", {"web.shop.svc.cluster.local"})});
  struct Row {
    const char* name;
    Type type;
    const char* expected;
  };
  const Row rows[] = {
      {"db.example.com", Type::a, "192.0.2.1"},
      {"db.example.com", Type::aaaa, "2001:db8::1"},
      {"DB2.example.com", Type::a, "192.0.2.1"},
      {"db2.example.com", Type::aaaa, "NODATA"},
      {"vip.example.com", Type::a, "10.96.0.1"},
      {"ads.example.com", Type::a, "0.0.0.0"},
      {"www.db.example.com", Type::a, "REFUSED"},
      {"example.com", Type::a, "REFUSED"},
      {"2.2.0.192.in-addr.arpa", Type::ptr, "REFUSED"},
      {"0.0.0.0.in-addr.arpa", Type::ptr, "REFUSED"},
      {"1.0.96.10.in-addr.arpa", Type::ptr, "web.shop.svc.cluster.local."},
      {"web.shop.svc.cluster.local", Type::a, "10.96.0.1"},
      {"db.shop.svc.cluster.local", Type::a, "192.0.2.1"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const ReplyText reply = ask(zone, row.name, row.type);
    const std::string last = reply.answer.empty() ? verdict(reply) : reply.answer.back();
    CHECK(last.substr(last.rfind(' ') + 1) == row.expected);
  }
  CHECK(sorted(ask(zone, "1.2.0.192.in-addr.arpa", Type::ptr).answer) ==
        Lines{"1.2.0.192.in-addr.arpa. PTR db.example.com.", "1.2.0.192.in-addr.arpa. PTR db2.example.com."});
  // What took their place is all that there is.
  zone.set_hosts({host("192.0.2.5", {"db.example.com"})});
  CHECK(ask(zone, "db.example.com").answer == Lines{"db.example.com. A 192.0.2.5"});
  CHECK(verdict(ask(zone, "db2.example.com")) == "REFUSED");
  zone.set_hosts({});
  Zone untouched(options());
  untouched.set_service(cluster_ip("shop", "web", {ip("10.96.0.1")}));
  untouched.set_service(external("shop", "db", "db.example.com"));
  CHECK(same_content(zone, untouched));
}

TEST_CASE("a hosts file") {
  const HostsFile file = parse_hosts(
      "# the office\n"
      "127.0.0.1 localhost\n"
      "192.0.2.1\tDb.Example.com db2.example.com # two names\r\n"
      "\n"
      "   2001:db8::1 db.example.com\n"
      "192.0.2.300 x.example.com\n"
      "192.0.2.3 web.shop.svc.cluster.local ok.example.com a..b\n"
      "192.0.2.4\n"
      "fe80::1%lo0 link.example.com",
      *Name::parse("cluster.local"));
  REQUIRE(file.hosts.size() == 3);
  CHECK(file.hosts[0] == host("192.0.2.1", {"db.example.com", "db2.example.com"}));
  CHECK(file.hosts[1] == host("2001:db8::1", {"db.example.com"}));
  CHECK(file.hosts[2] == host("192.0.2.3", {"ok.example.com"}));
  Lines problems;
  for (const HostsProblem& problem : file.problems)
    problems.push_back(fmt::format("{}: {}", problem.line, problem.reason));
  CHECK(problems ==
        Lines{"6: \"192.0.2.300\" is no IP address",
              "7: \"web.shop.svc.cluster.local\" is within clusterDomain, whose names the cluster's objects "
              "give",
              "7: \"a..b\" is no domain name", "9: \"fe80::1%lo0\" is no IP address"});
  std::string many;
  for (int i = 0; i < 100; ++i) many += "x\n";
  CHECK(parse_hosts(many, Name()).problems.size() == 20);
  CHECK(parse_hosts("", Name()).hosts.empty());
}

}  // namespace
}  // namespace naru::dns::test
