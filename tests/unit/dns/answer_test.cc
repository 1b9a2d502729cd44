#include "dns/answer.h"

#include "base/random.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

/// `count` endpoints with addresses of `families`.
Zone zone_with(int count, bool v6 = false) {
  Zone zone(options());
  std::vector<EndpointRecord> endpoints;
  for (int i = 0; i < count; ++i) {
    const IpAddress address = v6 ? ip("fd00::1").plus(static_cast<std::uint64_t>(i))
                                 : IpAddress::v4(0x0a010000U + static_cast<std::uint32_t>(i));
    endpoints.push_back({address, "h" + std::to_string(i), true, {{"p", Protocol::tcp, Port(1)}}});
  }
  zone.set_service(headless("d", "many", endpoints));
  zone.set_service(cluster_ip("d", "one", {ip("10.96.0.1")}));
  zone.set_synced(true);
  return zone;
}

constexpr const char* kMany = "many.d.svc.cluster.local";
constexpr const char* kOne = "one.d.svc.cluster.local";

Ask about(const char* name, Type type = Type::a) {
  Ask what;
  what.name = name;
  what.type = type;
  return what;
}

TEST_CASE("messages that get no answer") {
  const Zone zone = zone_with(1);
  const Bytes query = make_query(about(kOne));
  for (std::size_t size = 0; size < kHeaderSize; ++size) {
    const Outcome outcome = ask_bytes(zone, std::span(query).first(size));
    CHECK(outcome.answer.action == Action::drop);
    CHECK(outcome.answer.drop == DropReason::runt);
  }
  Ask response = about(kOne);
  response.flags = kQr;
  const Outcome outcome = ask_bytes(zone, make_query(response));
  CHECK(outcome.answer.action == Action::drop);
  CHECK(outcome.answer.drop == DropReason::response);
}

TEST_CASE("messages that are refused, each with its code") {
  struct Row {
    const char* why;
    Bytes message;
    const char* rcode;
    bool question_back;
    bool opt_back;
  };
  const auto query = [](auto change) {
    Ask what = about(kOne);
    change(what);
    return make_query(what);
  };
  const auto changed = [](Bytes message, auto change) {
    change(message);
    return message;
  };
  const Bytes plain = make_query(about(kOne));
  const Bytes with_opt = query([](Ask& what) { what.edns = 1232; });
  const std::size_t opt_at = with_opt.size() - kOptSize;
  const Row rows[] = {
      {"header only", Bytes(plain.begin(), plain.begin() + 12), "FORMERR", false, false},
      {"no question", changed(plain, [](Bytes& m) { m[5] = 0; }), "FORMERR", false, false},
      {"two questions", changed(plain, [](Bytes& m) { m[5] = 2; }), "FORMERR", false, false},
      {"a question without its class", Bytes(plain.begin(), plain.end() - 1), "FORMERR", false, false},
      {"a compressed question",
       changed(plain,
               [](Bytes& m) {
                 m[12] = 0xc0;
                 m[13] = 12;
               }),
       "FORMERR", false, false},
      {"an answer that is not there", changed(plain, [](Bytes& m) { m[7] = 1; }), "FORMERR", false, false},
      {"two OPTs",
       changed(with_opt,
               [](Bytes& m) {
                 m[11] = 2;
                 put_opt(m, 512);
               }),
       "FORMERR", false, false},
      {"an OPT below a name",
       changed(plain,
               [](Bytes& m) {
                 m[11] = 1;
                 m.push_back(1);
                 m.push_back('x');
                 put_opt(m, 512);
               }),
       "FORMERR", false, false},
      {"an OPT in the answer section",
       changed(with_opt,
               [](Bytes& m) {
                 m[7] = 1;
                 m[11] = 0;
               }),
       "FORMERR", false, false},
      {"an OPT cut off", Bytes(with_opt.begin(), with_opt.end() - 1), "FORMERR", false, false},
      {"an option that does not fill the RDATA",
       changed(with_opt,
               [](Bytes& m) {
                 m[m.size() - 1] = 5;
                 m.insert(m.end(), {0, 10, 0, 2, 0});
               }),
       "FORMERR", false, false},
      {"an OPT of another version", changed(with_opt, [&](Bytes& m) { m[opt_at + 6] = 1; }), "BADVERS", true, true},
      {"another class", query([](Ask& what) { what.rr_class = 3; }), "REFUSED", true, false},
      {"class ANY", query([](Ask& what) { what.rr_class = 255; }), "REFUSED", true, false},
      {"a transfer", query([](Ask& what) { what.type = Type::axfr; }), "REFUSED", true, false},
      {"an incremental transfer", query([](Ask& what) { what.type = Type::ixfr; }), "REFUSED", true, false},
      {"TSIG as a type", query([](Ask& what) { what.type = Type::tsig; }), "NOTIMP", true, false},
      {"OPT as a type", query([](Ask& what) { what.type = Type::opt; }), "FORMERR", true, false},
      {"NOTIFY", query([](Ask& what) { what.flags = 4 << 11; }), "NOTIMP", false, false},
      {"UPDATE", query([](Ask& what) { what.flags = 5 << 11; }), "NOTIMP", false, false},
      {"IQUERY", query([](Ask& what) { what.flags = 1 << 11; }), "NOTIMP", false, false},
      {"not our zone", query([](Ask& what) { what.name = "example.com"; }), "REFUSED", true, false},
  };
  const Zone zone = zone_with(1);
  for (const Row& row : rows) {
    INFO(row.why);
    const Outcome outcome = ask_bytes(zone, row.message);
    REQUIRE(outcome.answer.action == Action::reply);
    CHECK(to_string(Rcode{static_cast<std::uint8_t>(outcome.reply.rcode)}) == row.rcode);
    CHECK(to_string(outcome.answer.rcode) == row.rcode);
    CHECK(outcome.reply.id == 0x1234);
    CHECK(outcome.reply.has(kQr));
    CHECK_FALSE(outcome.reply.has(kAa));
    CHECK(outcome.reply.question.empty() == !row.question_back);
    CHECK(outcome.reply.opt.has_value() == row.opt_back);
    CHECK(outcome.reply.answer.empty());
  }
}

TEST_CASE("options, an IXFR's authority and bytes behind the message are put up with") {
  const Zone zone = zone_with(1);
  Ask what = about(kOne);
  what.edns = 1232;
  Bytes message = make_query(what);
  message.back() = 6;
  message.insert(message.end(), {0, 3, 0, 2, 'x', 'y'});  // one whole option
  message.insert(message.end(), {1, 2, 3});
  CHECK(ask_bytes(zone, message).reply.answer.size() == 1);
}

TEST_CASE("flags that are echoed, and those that are ours") {
  const Zone zone = zone_with(1);
  Ask what = about(kOne);
  what.flags = kRd | kCd | kAd | kTc | kAa | 0x0040 | 3;
  const ReplyText reply = ask(zone, what);
  CHECK(reply.flags == (kQr | kAa | kRd | kCd));
  AnswerOptions forwarding;
  forwarding.can_forward = true;
  CHECK(ask(zone, about(kOne), forwarding).flags == (kQr | kAa | kRa));
}

TEST_CASE("EDNS only for those that use it") {
  const Zone zone = zone_with(1);
  CHECK_FALSE(ask(zone, about(kOne)).opt);
  Ask what = about(kOne);
  what.edns = 4096;
  CHECK(ask(zone, what).opt == 1232U);
  what.dnssec_ok = true;
  const Outcome outcome = ask_bytes(zone, make_query(what));
  CHECK(outcome.reply.opt == 1232U);
}

// The reply may have 512 bytes without EDNS, what was asked for with it but never less than 512 nor more than 1232.
TEST_CASE("the size of a UDP reply, at every number of records") {
  struct Row {
    std::optional<std::uint16_t> edns;
    std::size_t limit;
  };
  const Row rows[] = {{std::nullopt, 512}, {0, 512},     {511, 512},   {512, 512},   {513, 513},
                      {1231, 1231},        {1232, 1232}, {1233, 1232}, {65535, 1232}};
  for (int count = 1; count <= 90; ++count) {
    const Zone zone = zone_with(count);
    for (const Row& row : rows) {
      Ask what = about(kMany);
      what.edns = row.edns;
      const Outcome outcome = ask_bytes(zone, make_query(what));
      const std::size_t head = kHeaderSize + std::string_view(kMany).size() + 2 + 4 + (row.edns ? kOptSize : 0);
      const std::size_t fitting = (row.limit - head) / 16;
      INFO(count << " records, EDNS " << row.edns.value_or(0));
      REQUIRE(outcome.reply.size <= row.limit);
      REQUIRE(outcome.reply.answer.size() == std::min<std::size_t>(static_cast<std::size_t>(count), fitting));
      REQUIRE(outcome.reply.has(kTc) == (static_cast<std::size_t>(count) > fitting));
      REQUIRE(outcome.answer.truncated == outcome.reply.has(kTc));
      REQUIRE(outcome.reply.opt.has_value() == row.edns.has_value());
    }
  }
}

TEST_CASE("TCP takes 64 KiB, and says when that is not enough") {
  const AnswerOptions tcp{Transport::tcp};
  CHECK(ask(zone_with(4000), about(kMany), tcp).answer.size() == 4000);
  const ReplyText reply = ask(zone_with(4200), about(kMany), tcp);
  CHECK(reply.has(kTc));
  CHECK(reply.size <= kMaxMessageSize);
  CHECK(reply.answer.size() == (kMaxMessageSize - 12 - 30) / 16);
}

TEST_CASE("glue is dropped where it does not fit, without TC and never in part") {
  for (int count = 1; count <= 30; ++count) {
    const Zone zone = zone_with(count, true);
    for (std::uint16_t payload = 512; payload <= 1232; payload = static_cast<std::uint16_t>(payload + 16)) {
      Ask what = about("_p._tcp.many.d.svc.cluster.local", Type::srv);
      what.edns = payload;
      const ReplyText reply = ask(zone, what);
      INFO(count << " targets, EDNS " << payload);
      REQUIRE(reply.size <= payload);
      const bool all = reply.answer.size() == static_cast<std::size_t>(count);
      REQUIRE(reply.has(kTc) == !all);
      if (!all) REQUIRE(reply.additional.empty());
      // Addresses only of targets that are named, each once.
      std::set<std::string> targets;
      for (const auto& line : reply.answer) targets.insert(line.substr(line.rfind(' ') + 1));
      std::set<std::string> glued;
      for (const auto& line : reply.additional) {
        REQUIRE(targets.contains(line.substr(0, line.find(' '))));
        REQUIRE(glued.insert(line).second);
      }
    }
  }
}

TEST_CASE("glue of both families comes for each target that has them") {
  Zone zone(options());
  zone.set_synced(true);
  zone.set_service(cluster_ip("d", "both", {ip("10.96.0.1"), ip("fd00:10:96::1")}, {{"p", Protocol::tcp, Port(1)}}));
  const ReplyText reply = ask(zone, "_p._tcp.both.d.svc.cluster.local", Type::srv);
  CHECK(reply.additional ==
        Lines{"both.d.svc.cluster.local. A 10.96.0.1", "both.d.svc.cluster.local. AAAA fd00:10:96::1"});
}

// A compression pointer reaches 16 KiB: what is further gets no glue, and the reply stays well-formed.
TEST_CASE("very long SRV answers") {
  const ReplyText reply = ask(zone_with(900), about("_p._tcp.many.d.svc.cluster.local", Type::srv), {Transport::tcp});
  CHECK(reply.answer.size() == 900);
  CHECK_FALSE(reply.has(kTc));
  CHECK(reply.additional.size() > 200);
  CHECK(reply.additional.size() < 900);
}

TEST_CASE("rotation is fair, also to what is cut off") {
  constexpr int kRecords = 60;  // of which 29 fit into 512 bytes
  const Zone zone = zone_with(kRecords);
  Random random(7);
  std::map<std::string, int> first;
  std::map<std::string, int> present;
  constexpr int kQueries = 6000;
  for (int i = 0; i < kQueries; ++i) {
    AnswerOptions how;
    how.rotation = static_cast<std::uint32_t>(random() >> 32);
    const ReplyText reply = ask(zone, about(kMany), how);
    REQUIRE(std::set<std::string>(reply.answer.begin(), reply.answer.end()).size() == reply.answer.size());
    ++first[reply.answer.front()];
    for (const auto& line : reply.answer) ++present[line];
  }
  CHECK(first.size() == kRecords);
  CHECK(present.size() == kRecords);
  for (const auto& [line, times] : first) CHECK(std::abs(times - kQueries / kRecords) < 50);
  for (const auto& [line, times] : present) CHECK(std::abs(times - kQueries * 29 / kRecords) < 300);
}

TEST_CASE("rotation has a first and a last") {
  const Zone zone = zone_with(3);
  const auto first_with = [&](std::uint32_t rotation) {
    AnswerOptions how;
    how.rotation = rotation;
    return ask(zone, about(kMany), how).answer.front();
  };
  CHECK(first_with(0) == "many.d.svc.cluster.local. A 10.1.0.0");
  CHECK(first_with(0x55555555) == "many.d.svc.cluster.local. A 10.1.0.0");
  CHECK(first_with(0x55555556) == "many.d.svc.cluster.local. A 10.1.0.1");
  CHECK(first_with(0xffffffff) == "many.d.svc.cluster.local. A 10.1.0.2");
}

TEST_CASE("names that are not ours are forwarded where there is somebody to ask") {
  const Zone zone = zone_with(1);
  AnswerOptions how;
  how.can_forward = true;
  Query query;
  Bytes out(kMaxMessageSize);
  const Answer plain = answer(make_query(about("www.example.com")), zone, how, query, out);
  CHECK(plain.action == Action::forward);
  CHECK(plain.target == nullptr);
  CHECK(presentation(query.name.lower()) == "www.example.com.");
  CHECK(verdict(ask(zone, about("gone.d.svc.cluster.local"), how)) == "NXDOMAIN");
  Ask chaos = about("version.bind", Type::txt);
  chaos.rr_class = 3;
  CHECK(verdict(ask(zone, chaos, how)) == "REFUSED");
}

TEST_CASE("an alias that leads outside is half an answer, and a name to ask for") {
  Zone zone = zone_with(1);
  zone.set_service(external("d", "docs", "www.example.com"));
  zone.set_service(external("d", "more", "docs.d.svc.cluster.local"));
  AnswerOptions how;
  how.can_forward = true;
  const Outcome outcome = ask_bytes(zone, make_query(about("more.d.svc.cluster.local")), how);
  CHECK(outcome.answer.action == Action::forward);
  REQUIRE(outcome.answer.target != nullptr);
  CHECK(outcome.answer.target->text() == "www.example.com.");
  CHECK(outcome.reply.answer == Lines{"more.d.svc.cluster.local. CNAME docs.d.svc.cluster.local.",
                                      "docs.d.svc.cluster.local. CNAME www.example.com."});
}

TEST_CASE("a chain of aliases is followed for so long and no longer") {
  Zone zone = zone_with(1);
  for (int i = 0; i < 12; ++i) {
    zone.set_service(
        external("d", "a" + std::to_string(i), i == 0 ? kOne : "a" + std::to_string(i - 1) + ".d.svc.cluster.local"));
  }
  const auto asked = [&](int i) { return verdict(ask(zone, "a" + std::to_string(i) + ".d.svc.cluster.local")); };
  CHECK(asked(kLongestAliasChain - 1) == "NOERROR");
  CHECK(asked(kLongestAliasChain) == "SERVFAIL");
}

TEST_CASE("an alias that does not fit is cut off with TC") {
  ZoneOptions deep = options();
  deep.domain = std::string(50, 'a') + "." + std::string(50, 'b') + "." + std::string(50, 'c');
  Zone zone(deep);
  zone.set_synced(true);
  const std::string label(60, 't');
  zone.set_service(external("d", "x", label + "." + label + "." + label + "." + label));
  Ask what;
  what.name = "x.d.svc." + deep.domain;
  AnswerOptions how;
  how.can_forward = true;
  CHECK(ask_bytes(zone, make_query(what), how).answer.action == Action::forward);
  const std::string long_name(63, 's');
  const std::string longer(62, 't');
  zone.set_service(external("dddddddddddddddd", long_name, longer + "." + longer + "." + longer + "." + longer));
  what.name = long_name + ".dddddddddddddddd.svc." + deep.domain;
  const ReplyText reply = ask(zone, what, how);
  CHECK(reply.has(kTc));
  CHECK(reply.answer.empty());
}

}  // namespace
}  // namespace naru::dns::test
