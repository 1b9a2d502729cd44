#include "dns/autopath.h"

#include "dns/resolv_conf.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

Name name(const char* text) {
  return *Name::parse(text);
}

Lines texts(const std::vector<Name>& names) {
  Lines lines;
  for (const Name& each : names) lines.push_back(each.text());
  return lines;
}

TEST_CASE("what a Pod's resolver would ask next") {
  const Name domain = name("cluster.local");
  const auto after = [&](const char* asked, const char* space, std::vector<Name> search = {}) {
    return texts(names_after(name(asked).wire(), space, domain, search));
  };
  CHECK(after("web.shop.svc.cluster.local", "shop") == Lines{"web.svc.cluster.local.", "web.cluster.local.", "web."});
  CHECK(after("web.bank.shop.svc.cluster.local", "shop", {name("corp.example")}) ==
        Lines{"web.bank.svc.cluster.local.", "web.bank.cluster.local.", "web.bank.corp.example.", "web.bank."});
  CHECK(after("web.bank.svc.cluster.local", "shop").empty());
  CHECK(after("shop.svc.cluster.local", "shop").empty());
  CHECK(after("x.myshop.svc.cluster.local", "shop").empty());
  CHECK(after("www.example.com", "shop").empty());
  // Of a domain that makes the name too long nothing is tried.
  const std::string label(60, 'a');
  const std::string deep = label + "." + label + "." + label + ".x.shop.svc.cluster.local";
  const Name far = name(("long." + label + "." + label).c_str());
  CHECK(texts(names_after(name(deep.c_str()).wire(), "shop", domain, {far})).size() == 3);
}

TEST_CASE("the search list of resolv.conf") {
  CHECK(texts(search_of_resolv_conf("nameserver 1.2.3.4\nsearch corp.example  Lab.Example.\n")) ==
        Lines{"corp.example.", "lab.example."});
  CHECK(texts(search_of_resolv_conf("search a.example\ndomain b.example\n")) == Lines{"b.example."});
  CHECK(search_of_resolv_conf("search\nsearchx a.example\n search b.example\n").empty());
}

/// Two Pods of the namespace shop, a Service in it and one in bank.
Zone sample() {
  ZoneOptions with = options();
  Zone zone(with);
  zone.set_pod("shop", "web-1", {ip("10.1.0.1")});
  zone.set_service(cluster_ip("shop", "web", {ip("10.96.0.1")}));
  zone.set_service(cluster_ip("bank", "vault", {ip("10.96.0.2"), ip("fd00:10:96::2")}));
  zone.set_service(external("bank", "out", "www.example.com"));
  zone.set_hosts({{ip("192.0.2.1"), {name("db.example.com")}}});
  zone.set_synced(true);
  return zone;
}

struct Walked {
  Answer answer;
  ReplyText reply;
  std::shared_ptr<const AutopathWalk> walk;
};

Walked walk(const Zone& zone, const char* asked, const char* client, bool can_forward, Type type = Type::a) {
  Ask what;
  what.name = asked;
  what.type = type;
  const Bytes message = make_query(what);
  Bytes out(kMaxMessageSize);
  Query query;
  AnswerOptions how;
  how.can_forward = can_forward;
  Walked walked;
  const Answer first = answer(message, zone, how, query, out);
  REQUIRE(first.rcode == Rcode::nx_domain);
  const AutopathOptions autopath{true, {name("corp.example")}};
  walked.answer = walk_search_list(first, message, query, ip(client), zone, autopath, how, out, walked.walk);
  if (walked.answer.action == Action::reply) walked.reply = read_reply(std::span(out).first(walked.answer.size));
  return walked;
}

TEST_CASE("a name further on in the search list is answered at once, behind a CNAME") {
  const Zone zone = sample();
  const Walked walked = walk(zone, "vault.bank.shop.svc.cluster.local", "10.1.0.1", true);
  CHECK(walked.reply.valid);
  CHECK(walked.reply.has(kAa));
  CHECK(walked.reply.question == "vault.bank.shop.svc.cluster.local. A");
  CHECK(walked.reply.answer == Lines{"vault.bank.shop.svc.cluster.local. CNAME vault.bank.svc.cluster.local.",
                                     "vault.bank.svc.cluster.local. A 10.96.0.2"});
  const Walked other = walk(zone, "vault.bank.shop.svc.cluster.local", "10.1.0.1", true, Type::mx);
  CHECK(other.reply.answer == Lines{"vault.bank.shop.svc.cluster.local. CNAME vault.bank.svc.cluster.local."});
  CHECK(other.reply.authority.size() == 1);
}

TEST_CASE("an absolute name that is given by hand") {
  const Walked walked = walk(sample(), "db.example.com.shop.svc.cluster.local", "10.1.0.1", false);
  CHECK(walked.reply.answer ==
        Lines{"db.example.com.shop.svc.cluster.local. CNAME db.example.com.", "db.example.com. A 192.0.2.1"});
}

TEST_CASE("who is no Pod walks by itself") {
  const Walked walked = walk(sample(), "vault.bank.shop.svc.cluster.local", "10.1.0.9", true);
  CHECK(verdict(walked.reply) == "NXDOMAIN");
  CHECK(walked.walk == nullptr);
}

TEST_CASE("a name that is in no zone of ours is asked for upstream, in the list's order") {
  const Walked walked = walk(sample(), "www.example.com.shop.svc.cluster.local", "10.1.0.1", true);
  CHECK(walked.answer.action == Action::forward);
  REQUIRE(walked.walk != nullptr);
  REQUIRE(walked.walk->steps.size() == 2);
  CHECK(presentation(walked.walk->steps[0].target) == "www.example.com.corp.example.");
  CHECK(presentation(walked.walk->steps[1].target) == "www.example.com.");
  const std::string& head = walked.walk->steps[1].head;
  CHECK(read_reply({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()}).answer ==
        Lines{"www.example.com.shop.svc.cluster.local. CNAME www.example.com."});
  CHECK(verdict(read_reply(walked.walk->otherwise)) == "NXDOMAIN");
  const Walked nobody = walk(sample(), "www.example.com.shop.svc.cluster.local", "10.1.0.1", false);
  CHECK(verdict(nobody.reply) == "NXDOMAIN");
}

TEST_CASE("an alias at a name further on leads outside") {
  const Walked walked = walk(sample(), "out.bank.shop.svc.cluster.local", "10.1.0.1", true);
  REQUIRE(walked.walk != nullptr);
  CHECK(presentation(walked.walk->steps[0].target) == "www.example.com.");
  const std::string& head = walked.walk->steps[0].head;
  CHECK(read_reply({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()}).answer ==
        Lines{"out.bank.shop.svc.cluster.local. CNAME out.bank.svc.cluster.local.",
              "out.bank.svc.cluster.local. CNAME www.example.com."});
}

}  // namespace
}  // namespace naru::dns::test
