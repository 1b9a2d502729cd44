#include "dns/zone.h"

#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

/// One of each kind of Service.
Zone sample() {
  Zone zone(options());
  zone.set_service(cluster_ip("shop", "web", {ip("10.96.0.1"), ip("fd00:10:96::1")},
                              {{"http", Protocol::tcp, Port(80)}, {"dns", Protocol::udp, Port(53)}}));
  zone.set_service(cluster_ip("shop", "plain", {ip("10.96.0.2")}, {{"", Protocol::tcp, Port(80)}}));
  const std::vector<PortRecord> sql{{"sql", Protocol::tcp, Port(5432)}};
  zone.set_service(headless("data", "db",
                            {{ip("10.1.0.1"), "db-0", true, sql},
                             {ip("10.1.0.2"), "db-1", true, sql},
                             {ip("fd00::"), "", true, sql},
                             {ip("10.1.0.4"), "", true, sql},
                             {ip("10.1.0.5"), "db-9", false, sql}}));
  zone.set_service(headless("data", "none", {{ip("10.1.0.6"), "", false, sql}}));
  zone.set_service(external("shop", "docs", "www.example.com"));
  zone.set_service(external("shop", "alias", "Web.shop.svc.cluster.local"));
  zone.set_service(external("shop", "alias2", "alias.shop.svc.cluster.local."));
  zone.set_service(external("shop", "nowhere", "gone.shop.svc.cluster.local"));
  zone.set_service(external("shop", "loop", "loop.shop.svc.cluster.local"));
  zone.set_namespace("empty");
  zone.set_synced(true);
  return zone;
}

TEST_CASE("positive answers, rule by rule") {
  struct Row {
    const char* rule;
    const char* name;
    Type type;
    Lines answer;
    Lines additional;
  };
  const Row rows[] = {
      {"the version of the specification",
       "dns-version.cluster.local",
       Type::txt,
       {"dns-version.cluster.local. TXT \"1.1.0\""},
       {}},
      {"a ClusterIP", "web.shop.svc.cluster.local", Type::a, {"web.shop.svc.cluster.local. A 10.96.0.1"}, {}},
      {"its other family",
       "web.shop.svc.cluster.local",
       Type::aaaa,
       {"web.shop.svc.cluster.local. AAAA fd00:10:96::1"},
       {}},
      {"a named port, with the target's addresses",
       "_http._tcp.web.shop.svc.cluster.local",
       Type::srv,
       {"_http._tcp.web.shop.svc.cluster.local. SRV 0 100 80 web.shop.svc.cluster.local."},
       {"web.shop.svc.cluster.local. A 10.96.0.1", "web.shop.svc.cluster.local. AAAA fd00:10:96::1"}},
      {"a port of UDP",
       "_dns._udp.web.shop.svc.cluster.local",
       Type::srv,
       {"_dns._udp.web.shop.svc.cluster.local. SRV 0 100 53 web.shop.svc.cluster.local."},
       {"web.shop.svc.cluster.local. A 10.96.0.1", "web.shop.svc.cluster.local. AAAA fd00:10:96::1"}},
      {"the Service's name lists its ports",
       "web.shop.svc.cluster.local",
       Type::srv,
       {"web.shop.svc.cluster.local. SRV 0 100 53 web.shop.svc.cluster.local.",
        "web.shop.svc.cluster.local. SRV 0 100 80 web.shop.svc.cluster.local."},
       {"web.shop.svc.cluster.local. A 10.96.0.1", "web.shop.svc.cluster.local. AAAA fd00:10:96::1"}},
      {"PTR of a ClusterIP",
       "1.0.96.10.in-addr.arpa",
       Type::ptr,
       {"1.0.96.10.in-addr.arpa. PTR web.shop.svc.cluster.local."},
       {}},
      {"PTR of an IPv6 ClusterIP",
       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa",
       Type::ptr,
       {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. PTR web.shop.svc.cluster.local."},
       {}},
      {"every ready endpoint of a headless Service",
       "db.data.svc.cluster.local",
       Type::a,
       {"db.data.svc.cluster.local. A 10.1.0.1", "db.data.svc.cluster.local. A 10.1.0.2",
        "db.data.svc.cluster.local. A 10.1.0.4"},
       {}},
      {"and of the other family",
       "db.data.svc.cluster.local",
       Type::aaaa,
       {"db.data.svc.cluster.local. AAAA fd00::"},
       {}},
      {"an endpoint by its hostname",
       "db-0.db.data.svc.cluster.local",
       Type::a,
       {"db-0.db.data.svc.cluster.local. A 10.1.0.1"},
       {}},
      {"an endpoint by its address",
       "10-1-0-4.db.data.svc.cluster.local",
       Type::a,
       {"10-1-0-4.db.data.svc.cluster.local. A 10.1.0.4"},
       {}},
      {"an IPv6 endpoint whose dashes need a zero",
       "fd00--0.db.data.svc.cluster.local",
       Type::aaaa,
       {"fd00--0.db.data.svc.cluster.local. AAAA fd00::"},
       {}},
      {"SRV of a headless Service is endpoints x ports",
       "_sql._tcp.db.data.svc.cluster.local",
       Type::srv,
       {"_sql._tcp.db.data.svc.cluster.local. SRV 0 25 5432 10-1-0-4.db.data.svc.cluster.local.",
        "_sql._tcp.db.data.svc.cluster.local. SRV 0 25 5432 db-0.db.data.svc.cluster.local.",
        "_sql._tcp.db.data.svc.cluster.local. SRV 0 25 5432 db-1.db.data.svc.cluster.local.",
        "_sql._tcp.db.data.svc.cluster.local. SRV 0 25 5432 fd00--0.db.data.svc.cluster.local."},
       {"10-1-0-4.db.data.svc.cluster.local. A 10.1.0.4", "db-0.db.data.svc.cluster.local. A 10.1.0.1",
        "db-1.db.data.svc.cluster.local. A 10.1.0.2", "fd00--0.db.data.svc.cluster.local. AAAA fd00::"}},
      {"PTR of an endpoint, outside the service CIDRs too",
       "1.0.1.10.in-addr.arpa",
       Type::ptr,
       {"1.0.1.10.in-addr.arpa. PTR db-0.db.data.svc.cluster.local."},
       {}},
      {"the SOA",
       "cluster.local",
       Type::soa,
       {"cluster.local. SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5"},
       {}},
      {"the NS, with its addresses",
       "cluster.local",
       Type::ns,
       {"cluster.local. NS ns.dns.cluster.local."},
       {"ns.dns.cluster.local. A 10.96.0.10"}},
      {"our own address", "ns.dns.cluster.local", Type::a, {"ns.dns.cluster.local. A 10.96.0.10"}, {}},
      {"the SOA of a reverse zone",
       "96.10.in-addr.arpa",
       Type::soa,
       {"96.10.in-addr.arpa. SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5"},
       {}},
      {"the NS of a reverse zone",
       "111.10.in-addr.arpa",
       Type::ns,
       {"111.10.in-addr.arpa. NS ns.dns.cluster.local."},
       {"ns.dns.cluster.local. A 10.96.0.10"}},
      {"an alias of ours is followed",
       "alias.shop.svc.cluster.local",
       Type::a,
       {"alias.shop.svc.cluster.local. CNAME web.shop.svc.cluster.local.", "web.shop.svc.cluster.local. A 10.96.0.1"},
       {}},
      {"and the next",
       "alias2.shop.svc.cluster.local",
       Type::a,
       {"alias2.shop.svc.cluster.local. CNAME alias.shop.svc.cluster.local.",
        "alias.shop.svc.cluster.local. CNAME web.shop.svc.cluster.local.", "web.shop.svc.cluster.local. A 10.96.0.1"},
       {}},
      {"asked for itself it is not",
       "alias2.shop.svc.cluster.local",
       Type::cname,
       {"alias2.shop.svc.cluster.local. CNAME alias.shop.svc.cluster.local."},
       {}},
      {"nor does it need to lead anywhere then",
       "docs.shop.svc.cluster.local",
       Type::cname,
       {"docs.shop.svc.cluster.local. CNAME www.example.com."},
       {}},
      {"ANY is one set of what there is",
       "web.shop.svc.cluster.local",
       Type::any,
       {"web.shop.svc.cluster.local. A 10.96.0.1"},
       {}},
      {"ANY of an alias is the alias",
       "docs.shop.svc.cluster.local",
       Type::any,
       {"docs.shop.svc.cluster.local. CNAME www.example.com."},
       {}},
  };
  const Zone zone = sample();
  for (const Row& row : rows) {
    INFO(row.rule);
    const ReplyText reply = ask(zone, row.name, row.type);
    CHECK(to_string(Rcode{static_cast<std::uint8_t>(reply.rcode)}) == "NOERROR");
    CHECK(reply.has(kAa));
    CHECK(sorted(reply.answer) == sorted(row.answer));
    CHECK(sorted(reply.additional) == sorted(row.additional));
    CHECK(reply.authority.empty());
    for (const std::uint32_t ttl : reply.ttls) CHECK(ttl == 5);
    // CNAMEs come first and in order.
    if (row.answer.size() > 1 && row.answer[0].find("CNAME") != std::string::npos) CHECK(reply.answer == row.answer);
  }
}

TEST_CASE("negative answers, rule by rule") {
  struct Row {
    const char* rule;
    const char* name;
    Type type;
    const char* verdict;
  };
  const Row rows[] = {
      {"no such Service", "gone.shop.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"no such namespace", "web.gone.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"a namespace that is not there", "gone.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"a namespace with Services", "shop.svc.cluster.local", Type::a, "NODATA"},
      {"a namespace with an object only", "empty.svc.cluster.local", Type::a, "NODATA"},
      {"a Service in it", "web.empty.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"svc", "svc.cluster.local", Type::a, "NODATA"},
      {"dns", "dns.cluster.local", Type::txt, "NODATA"},
      {"the apex has no addresses", "cluster.local", Type::a, "NODATA"},
      {"the protocol's name", "_tcp.web.shop.svc.cluster.local", Type::srv, "NODATA"},
      {"a protocol that no port has", "_sctp.web.shop.svc.cluster.local", Type::srv, "NXDOMAIN"},
      {"a port that is not there", "_https._tcp.web.shop.svc.cluster.local", Type::srv, "NXDOMAIN"},
      {"the port of the other protocol", "_http._udp.web.shop.svc.cluster.local", Type::srv, "NXDOMAIN"},
      {"an SRV name has no addresses", "_http._tcp.web.shop.svc.cluster.local", Type::a, "NODATA"},
      {"a port without a name has no SRV", "_tcp.plain.shop.svc.cluster.local", Type::srv, "NXDOMAIN"},
      {"nor at the Service", "plain.shop.svc.cluster.local", Type::srv, "NODATA"},
      {"a family that the Service has not", "plain.shop.svc.cluster.local", Type::aaaa, "NODATA"},
      {"a type that nobody has", "web.shop.svc.cluster.local", Type::mx, "NODATA"},
      {"wildcards are not", "*.shop.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"nor any any", "any.web.shop.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"below a Service", "x.web.shop.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"an endpoint of a Service with a ClusterIP", "10-1-0-1.web.shop.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"no ready endpoint", "none.data.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"an endpoint that is not ready", "db-9.db.data.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"an endpoint with a hostname, by its address", "10-1-0-1.db.data.svc.cluster.local", Type::a, "NXDOMAIN"},
      {"an endpoint of the other family", "db-0.db.data.svc.cluster.local", Type::aaaa, "NODATA"},
      {"pods have no names", "10-1-0-1.data.pod.cluster.local", Type::a, "NXDOMAIN"},
      {"another version", "dns-version.cluster.local", Type::a, "NODATA"},
      {"an alias has no family of its own", "alias.shop.svc.cluster.local", Type::mx, "NOERROR"},
      {"a service address that nobody has", "9.0.96.10.in-addr.arpa", Type::ptr, "NXDOMAIN"},
      {"an empty non-terminal of the reverse zone", "0.96.10.in-addr.arpa", Type::ptr, "NODATA"},
      {"another of which there is none", "1.96.10.in-addr.arpa", Type::ptr, "NXDOMAIN"},
      {"the last of the /12", "1.0.111.10.in-addr.arpa", Type::ptr, "NXDOMAIN"},
      {"one past the /12", "1.0.112.10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"one before the /12", "255.255.95.10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"what is above the reverse zones", "10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"an endpoint that is not ready has no PTR", "5.0.1.10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"beside an endpoint", "7.0.1.10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"above an endpoint", "0.1.10.in-addr.arpa", Type::ptr, "REFUSED"},
      {"an endpoint's reverse name has only a PTR", "1.0.1.10.in-addr.arpa", Type::a, "NODATA"},
      {"other names", "www.example.com", Type::a, "REFUSED"},
      {"a name that ends like ours", "mycluster.local", Type::a, "REFUSED"},
      {"what is above us", "local", Type::a, "REFUSED"},
      {"the root", "", Type::ns, "REFUSED"},
      {"an alias that leads nowhere", "nowhere.shop.svc.cluster.local", Type::a, "SERVFAIL"},
      {"an alias to itself", "loop.shop.svc.cluster.local", Type::a, "SERVFAIL"},
      {"an alias that leads outside, and no upstream", "docs.shop.svc.cluster.local", Type::a, "SERVFAIL"},
  };
  const Zone zone = sample();
  for (const Row& row : rows) {
    INFO(row.rule << ": " << row.name);
    CHECK(verdict(ask(zone, row.name, row.type)) == row.verdict);
  }
}

TEST_CASE("an alias whose target lacks the type answers with the alias and the zone's SOA") {
  const ReplyText reply = ask(sample(), "alias.shop.svc.cluster.local", Type::mx);
  CHECK(reply.answer == Lines{"alias.shop.svc.cluster.local. CNAME web.shop.svc.cluster.local."});
  REQUIRE(reply.authority.size() == 1);
  CHECK(reply.authority[0].starts_with("cluster.local. SOA ns.dns.cluster.local. hostmaster.cluster.local. "));
}

TEST_CASE("before the first load nothing of ours is denied") {
  struct Row {
    const char* name;
    Type type;
    const char* verdict;
  };
  const Row rows[] = {
      {"web.shop.svc.cluster.local", Type::a, "SERVFAIL"},
      {"cluster.local", Type::soa, "SERVFAIL"},
      {"1.0.96.10.in-addr.arpa", Type::ptr, "SERVFAIL"},
      {"1.0.1.10.in-addr.arpa", Type::ptr, "SERVFAIL"},
      {"www.example.com", Type::a, "REFUSED"},
  };
  Zone zone(options());
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(verdict(ask(zone, row.name, row.type)) == row.verdict);
  }
  zone.set_synced(true);
  CHECK(verdict(ask(zone, "web.shop.svc.cluster.local")) == "NXDOMAIN");
}

TEST_CASE("names compare without case and are echoed as written") {
  const ReplyText reply = ask(sample(), "WEB.Shop.sVc.CLUSTER.local");
  CHECK(reply.question == "WEB.Shop.sVc.CLUSTER.local. A");
  CHECK(reply.answer == Lines{"WEB.Shop.sVc.CLUSTER.local. A 10.96.0.1"});
}

TEST_CASE("a hostname gives all its addresses, and one SRV for each port") {
  Zone zone(options());
  zone.set_synced(true);
  const std::vector<PortRecord> one{{"sql", Protocol::tcp, Port(1)}};
  const std::vector<PortRecord> two{{"sql", Protocol::tcp, Port(2)}};
  zone.set_service(headless("d", "db",
                            {{ip("10.1.0.1"), "same", true, one},
                             {ip("10.1.0.2"), "same", true, one},
                             {ip("10.1.0.2"), "same", true, one},
                             {ip("fd00::1"), "same", true, one},
                             {ip("10.1.0.3"), "same", true, two}}));
  CHECK(ask(zone, "same.db.d.svc.cluster.local").answer.size() == 3);
  const ReplyText reply = ask(zone, "_sql._tcp.db.d.svc.cluster.local", Type::srv);
  CHECK(sorted(reply.answer) == Lines{"_sql._tcp.db.d.svc.cluster.local. SRV 0 100 1 same.db.d.svc.cluster.local.",
                                      "_sql._tcp.db.d.svc.cluster.local. SRV 0 100 2 same.db.d.svc.cluster.local."});
  CHECK(reply.additional.size() == 4);
}

TEST_CASE("SRV weights share a hundred among the targets, each at least 1") {
  for (const auto& [targets, weight] : {std::pair{1, 100}, {2, 50}, {3, 33}, {7, 14}, {100, 1}, {101, 1}}) {
    std::vector<EndpointRecord> endpoints;
    for (int i = 0; i < targets; ++i) {
      endpoints.push_back({IpAddress::v4(0x0a010000U + static_cast<unsigned>(i)),
                           "",
                           true,
                           {{"p", Protocol::tcp, Port(1)}, {"q", Protocol::tcp, Port(2)}}});
    }
    Zone zone(options());
    zone.set_synced(true);
    zone.set_service(headless("d", "db", endpoints));
    for (const char* name : {"_p._tcp.db.d.svc.cluster.local", "db.d.svc.cluster.local"}) {
      Ask what;
      what.name = name;
      what.type = Type::srv;
      const ReplyText reply = ask(zone, what, {Transport::tcp});
      INFO(name << " " << targets);
      REQUIRE(reply.answer.size() == static_cast<std::size_t>(targets) * (name[0] == '_' ? 1 : 2));
      for (const auto& line : reply.answer) CHECK(line.find(fmt::format(" SRV 0 {} ", weight)) != std::string::npos);
    }
  }
}

TEST_CASE("a Service's name of an address wins over endpoints', and each owner goes alone") {
  const char* reverse = "1.0.96.10.in-addr.arpa";
  const auto pointers = [&](const Zone& zone) { return sorted(ask(zone, reverse, Type::ptr).answer); };
  const std::string line = "1.0.96.10.in-addr.arpa. PTR ";
  Zone zone(options());
  zone.set_synced(true);
  const EndpointRecord endpoint{ip("10.96.0.1"), "h", true, {}};
  zone.set_service(headless("d", "one", {endpoint}));
  zone.set_service(headless("d", "two", {endpoint}));
  CHECK(pointers(zone) == Lines{line + "h.one.d.svc.cluster.local.", line + "h.two.d.svc.cluster.local."});
  zone.set_service(cluster_ip("d", "vip", {ip("10.96.0.1")}));
  CHECK(pointers(zone) == Lines{line + "vip.d.svc.cluster.local."});
  zone.erase_service({"d", "one"});
  CHECK(pointers(zone) == Lines{line + "vip.d.svc.cluster.local."});
  zone.erase_service({"d", "vip"});
  CHECK(pointers(zone) == Lines{line + "h.two.d.svc.cluster.local."});
  zone.set_service(headless("d", "two", {}));
  CHECK(verdict(ask(zone, reverse, Type::ptr)) == "NXDOMAIN");
}

TEST_CASE("a service CIDR of one address, and none at all") {
  ZoneOptions one = options();
  one.service_cidrs = {*Cidr::parse("10.96.0.1/32")};
  Zone zone(one);
  zone.set_synced(true);
  CHECK(verdict(ask(zone, "1.0.96.10.in-addr.arpa", Type::ptr)) == "NODATA");
  zone.set_service(cluster_ip("d", "vip", {ip("10.96.0.1")}));
  CHECK(ask(zone, "1.0.96.10.in-addr.arpa", Type::ptr).answer.size() == 1);
  CHECK(ask(zone, "1.0.96.10.in-addr.arpa", Type::ns).answer.size() == 1);
  zone.erase_service({"d", "vip"});
  CHECK(ask(zone, "1.0.96.10.in-addr.arpa", Type::ns).answer.size() == 1);
  CHECK(verdict(ask(zone, "2.0.96.10.in-addr.arpa", Type::ptr)) == "REFUSED");
  Zone none{ZoneOptions{}};
  none.set_synced(true);
  CHECK(verdict(ask(none, "1.0.96.10.in-addr.arpa", Type::ptr)) == "REFUSED");
  CHECK(verdict(ask(none, "ns.dns.cluster.local")) == "NODATA");
}

TEST_CASE("the names of a CIDR's reverse zones") {
  const auto names = [](const char* cidr) {
    Lines lines;
    for (const Name& name : reverse_zones(*Cidr::parse(cidr))) lines.push_back(name.text());
    return lines;
  };
  CHECK(names("10.0.0.0/8") == Lines{"10.in-addr.arpa."});
  CHECK(names("10.96.0.0/15") == Lines{"96.10.in-addr.arpa.", "97.10.in-addr.arpa."});
  CHECK(names("127.96.0.0/12").size() == 16);
  CHECK(names("127.96.0.0/12").back() == "111.127.in-addr.arpa.");
  CHECK(names("10.0.0.0/9").size() == 128);
  CHECK(names("10.0.0.6/31") == Lines{"6.0.0.10.in-addr.arpa.", "7.0.0.10.in-addr.arpa."});
  CHECK(names("0.0.0.0/0") == Lines{"in-addr.arpa."});
  CHECK(names("fd00::/8") == Lines{"d.f.ip6.arpa."});
  CHECK(names("fd00::/7").size() == 2);
  CHECK(names("fd00::/7").front() == "c.f.ip6.arpa.");
  CHECK(names("fd00:10:96::/109").size() == 8);
  CHECK(reverse_name(ip("10.96.0.1")).text() == "1.0.96.10.in-addr.arpa.");
}

TEST_CASE("records for people") {
  Lines lines;
  Zone zone = sample();
  zone.set_serial(42);
  zone.for_each_record([&](const RecordText& record) {
    lines.push_back(fmt::format("{} {} {} {}", record.name, record.ttl, record.type, record.data));
  });
  const auto has = [&](const char* line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); };
  CHECK(has("web.shop.svc.cluster.local. 5 A 10.96.0.1"));
  CHECK(has("_http._tcp.web.shop.svc.cluster.local. 5 SRV 0 100 80 web.shop.svc.cluster.local."));
  CHECK(has("cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 42 7200 1800 86400 5"));
  CHECK(has("96.10.in-addr.arpa. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 42 7200 1800 86400 5"));
  CHECK(has("dns-version.cluster.local. 5 TXT \"1.1.0\""));
  CHECK(has("docs.shop.svc.cluster.local. 5 CNAME www.example.com."));
}

TEST_CASE("names that are too long for DNS are left out, and nothing else is") {
  ZoneOptions deep = options();
  deep.domain = std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c');
  Zone zone(deep);
  zone.set_synced(true);
  const std::string long_name(63, 'n');
  zone.set_service(cluster_ip("s", long_name, {ip("10.96.0.1")}, {{"http", Protocol::tcp, Port(80)}}));
  zone.set_service(cluster_ip("s", "ok", {ip("10.96.0.2")}));
  CHECK(ask(zone, "ok.s.svc." + deep.domain).answer.size() == 1);
  zone.erase_service({"s", long_name});
  CHECK(zone.services() == 1);
}

}  // namespace
}  // namespace naru::dns::test
