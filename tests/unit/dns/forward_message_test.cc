#include "dns/forward_message.h"

#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

struct Asked {
  ForwardedQuery query;
  Bytes out = Bytes(kMaxMessageSize);
};

Asked forward(const Ask& what, Transport transport = Transport::udp) {
  Zone zone(options());
  zone.set_service(external("d", "docs", "www.example.com"));
  zone.set_synced(true);
  AnswerOptions how;
  how.transport = transport;
  how.can_forward = true;
  Query query;
  Asked asked;
  const Answer answered = answer(make_query(what), zone, how, query, asked.out);
  REQUIRE(answered.action == Action::forward);
  forwarded(query, answered, asked.out, transport, kMaxUdpPayload, asked.query);
  return asked;
}

UpstreamQuestion question_of(const ForwardedQuery& query) {
  UpstreamQuestion question;
  upstream_question(query, question);
  return question;
}

Ask about(std::string name, Type type = Type::a) {
  Ask what;
  what.name = std::move(name);
  what.type = type;
  what.flags = kRd;
  return what;
}

/// An upstream's message: a question, and records given as bytes behind it.
struct Upstream {
  Bytes message;
  explicit Upstream(const ForwardedQuery& query, std::uint16_t flags = kQr | kRd | kRa, std::uint16_t id = 7) {
    put(message, id);
    put(message, flags);
    for (const std::size_t count : {1U, 0U, 0U, 0U}) put(message, count);
    message.insert(message.end(), query.asked.begin(), query.asked.end());
  }
  /// `owner`: a pointer's offset, or a name.
  Upstream& record(std::size_t section, std::size_t owner, Type type, const Bytes& rdata) {
    ++message[7 + 2 * section];
    put(message, 0xc000 | owner);
    put(message, static_cast<std::size_t>(type));
    put(message, 1);
    put(message, 0);
    put(message, 300);
    put(message, rdata.size());
    message.insert(message.end(), rdata.begin(), rdata.end());
    return *this;
  }
  Upstream& opt() {
    ++message[11];
    put_opt(message, 4096);
    return *this;
  }
};

ReplyText relayed(Asked& asked, const Bytes& message) {
  Rcode rcode{};
  bool truncated = false;
  Bytes out(kMaxMessageSize);
  const std::size_t size = relay(asked.query, message, out, rcode, truncated);
  const ReplyText reply = read_reply(std::span(out).first(size));
  REQUIRE(reply.valid);
  CHECK(reply.rcode == static_cast<unsigned>(rcode));
  CHECK(reply.has(kTc) == truncated);
  CHECK(reply.size <= asked.query.limit);
  return reply;
}

TEST_CASE("what is asked of an upstream") {
  Ask what = about("WWW.example.com");
  what.edns = 512;
  what.dnssec_ok = true;
  what.flags = kRd | kCd | kAd;
  const std::string message = upstream_query(question_of(forward(what).query), 0xbeef, 0);
  const ReplyText text = read_reply(std::span(reinterpret_cast<const std::uint8_t*>(message.data()), message.size()));
  CHECK(text.valid);
  CHECK(text.id == 0xbeef);
  CHECK(text.flags == (kRd | kCd | kAd));
  CHECK(text.question == "www.example.com. A");
  CHECK(text.opt == 1232U);
  const std::string alias = upstream_query(question_of(forward(about("docs.d.svc.cluster.local")).query), 1, 0);
  CHECK(read_reply(std::span(reinterpret_cast<const std::uint8_t*>(alias.data()), alias.size())).question ==
        "www.example.com. A");
}

TEST_CASE("a query without EDNS for a server that knows none") {
  const Asked asked = forward(about("www.example.com"));
  const std::string sent = upstream_query(question_of(asked.query), 7, 0, WithEdns::no);
  const ReplyText text = read_reply(std::span(reinterpret_cast<const std::uint8_t*>(sent.data()), sent.size()));
  CHECK(text.valid);
  CHECK(text.question == "www.example.com. A");
  CHECK_FALSE(text.opt.has_value());
  CHECK(judge(Upstream(asked.query).message, sent) == UpstreamVerdict::good);
  CHECK(judge(Upstream(forward(about("www.example.co")).query).message, sent) == UpstreamVerdict::malformed);
}

TEST_CASE("who knows no EDNS says so with FORMERR and no OPT") {
  const Asked asked = forward(about("www.example.com"));
  const Bytes question = Upstream(asked.query, kQr | 1).message;
  const auto header = [](Bytes message) { return Bytes(message.begin(), message.begin() + kHeaderSize); };
  Bytes with_opt = question;
  with_opt[11] = 1;
  struct Row {
    const char* what;
    Bytes message;
    bool says_so;
  };
  const Row row =
      GENERATE_REF(Row{"with the question", question, true}, Row{"the header alone", header(question), true},
                   Row{"the header alone, though it counts an OPT", header(with_opt), true},
                   Row{"with an OPT it means something else", with_opt, false},
                   Row{"another code", Upstream(asked.query, kQr | 2).message, false},
                   Row{"no response", Upstream(asked.query, 1).message, false}, Row{"nothing", {}, false},
                   Row{"less than a header", Bytes(question.begin(), question.begin() + kHeaderSize - 1), false});
  CAPTURE(row.what);
  CHECK(knows_no_edns(row.message) == row.says_so);
}

TEST_CASE("the case of the name that is asked for is chosen, letter by letter") {
  const auto asked = [](const char* name, std::uint64_t bits) {
    const std::string message = upstream_query(question_of(forward(about(name)).query), 1, bits);
    return read_reply(std::span(reinterpret_cast<const std::uint8_t*>(message.data()), message.size())).question;
  };
  CHECK(asked("www.Example.com", 0) == "www.example.com. A");
  CHECK(asked("www.example.com", ~0ULL) == "WWW.EXAMPLE.COM. A");
  CHECK(asked("www.example.com", 0b1001) == "Www.Example.com. A");
  CHECK(asked("x-1.2@[`{.com", 0b10) == "x-1.2@[`{.Com. A");
  const std::string label(63, 'a');
  CHECK(asked((label + ".ab").c_str(), 1ULL << 63) == label + ".Ab. A");
  CHECK(asked((label + ".ab").c_str(), 1) == "A" + label.substr(1) + ".aB. A");
}

TEST_CASE("which answers of an upstream are believed") {
  const Asked asked = forward(about("www.example.com"));
  const std::string sent = upstream_query(question_of(asked.query), 7, 0);
  const auto judged = [&](const Bytes& message) { return judge(message, sent); };
  const Bytes good = Upstream(asked.query).record(0, 12, Type::a, {192, 0, 2, 1}).message;
  CHECK(judged(good) == UpstreamVerdict::good);
  CHECK(judged(Upstream(asked.query, kQr, 8).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(asked.query, kQr | 3).message) == UpstreamVerdict::good);
  CHECK(judged(Upstream(asked.query, kQr | 2).message) == UpstreamVerdict::server_fail);
  CHECK(judged(Upstream(asked.query, kQr | 5).message) == UpstreamVerdict::server_fail);
  CHECK(judged(Upstream(asked.query, kRd).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(asked.query, kQr | 0x0800).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(forward(about("www.example.org")).query).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(forward(about("www.example")).query).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(forward(about("www.example.com", Type::aaaa)).query).message) == UpstreamVerdict::malformed);
  CHECK(judged(Upstream(forward(about("WWW.EXAMPLE.COM")).query).message) == UpstreamVerdict::wrong_case);
  CHECK(judged(Upstream(asked.query).record(0, 12, Type::opt, {}).message) == UpstreamVerdict::malformed);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(judged(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) == UpstreamVerdict::malformed);
  }
  // 0x4141 and 0x6161 differ in what would be the case of letters.
  const Asked odd = forward(about("www.example.com", Type{0x4141}));
  const std::string odd_sent = upstream_query(question_of(odd.query), 7, 0);
  CHECK(judge(Upstream(odd.query).message, odd_sent) == UpstreamVerdict::good);
  CHECK(judge(Upstream(forward(about("www.example.com", Type{0x6161})).query).message, odd_sent) ==
        UpstreamVerdict::malformed);
}

TEST_CASE("an answer is kept with the question as asked, and without the OPT and what follows it") {
  const Asked asked = forward(about("wWw.example.com"));
  Upstream upstream(forward(about("WwW.EXAMPLE.com")).query);
  upstream.record(0, 12, Type::a, {192, 0, 2, 1}).record(2, 12, Type::a, {192, 0, 2, 2});
  const Bytes plain = upstream.message;
  upstream.opt().record(2, 12, Type::a, {192, 0, 2, 3});
  const ReplyText text = read_reply(tidied(upstream.message, question_of(asked.query)));
  CHECK(text.valid);
  CHECK(text.question == "wWw.example.com. A");
  CHECK(text.additional == Lines{"wWw.example.com. A 192.0.2.2"});
  CHECK(text.size == plain.size());
  const ReplyText failure = read_reply(failure_answer(question_of(asked.query), Rcode::refused));
  CHECK(failure.valid);
  CHECK(failure.rcode == 5);
  CHECK(failure.question == "wWw.example.com. A");
}

TEST_CASE("AD is for those who asked for it") {
  for (const bool asks : {false, true}) {
    Ask what = about("www.example.com");
    if (asks) what.flags |= kAd;
    Asked asked = forward(what);
    CHECK(relayed(asked, Upstream(asked.query, kQr | kRa | kAd).message).has(kAd) == asks);
    what.flags = kRd;
    what.edns = 1232;
    what.dnssec_ok = asks;
    Asked with_edns = forward(what);
    CHECK(relayed(with_edns, Upstream(asked.query, kQr | kRa | kAd).message).has(kAd) == asks);
  }
}

TEST_CASE("the client gets its own id, question and EDNS back") {
  Ask what = about("wWw.example.com");
  what.id = 0x4242;
  what.flags |= kAd;
  Asked asked = forward(what);
  const Bytes message =
      Upstream(asked.query, kQr | kRd | kRa | kAd).record(0, 12, Type::a, {192, 0, 2, 1}).opt().message;
  const ReplyText reply = relayed(asked, message);
  CHECK(reply.id == 0x4242);
  CHECK(reply.question == "wWw.example.com. A");
  CHECK(reply.answer == Lines{"wWw.example.com. A 192.0.2.1"});
  CHECK_FALSE(reply.opt);
  CHECK(reply.flags == (kQr | kRd | kRa | kAd));
  what.edns = 1232;
  Asked with_edns = forward(what);
  CHECK(relayed(with_edns, message).opt == 1232U);
}

TEST_CASE("records behind the upstream's OPT are left out") {
  Asked asked = forward(about("www.example.com"));
  Upstream upstream(asked.query);
  upstream.record(0, 12, Type::a, {192, 0, 2, 1}).record(2, 12, Type::a, {192, 0, 2, 2}).opt();
  upstream.record(2, 12, Type::a, {192, 0, 2, 3});
  CHECK(relayed(asked, upstream.message).additional == Lines{"www.example.com. A 192.0.2.2"});
}

TEST_CASE("what is too long for the client is cut off whole, with TC") {
  for (const std::optional<std::uint16_t> edns : {std::optional<std::uint16_t>(), std::optional<std::uint16_t>(700)}) {
    for (int count = 0; count < 60; ++count) {
      Ask what = about("www.example.com");
      what.edns = edns;
      Asked asked = forward(what);
      Upstream upstream(asked.query);
      for (int i = 0; i < count; ++i) upstream.record(0, 12, Type::a, {192, 0, 2, static_cast<std::uint8_t>(i)});
      const ReplyText reply = relayed(asked, upstream.message);
      const bool fits = 33U + 16U * static_cast<unsigned>(count) + (edns ? kOptSize : 0) <= edns.value_or(512);
      INFO(count);
      CHECK(reply.has(kTc) == !fits);
      CHECK(reply.answer.size() == (fits ? static_cast<std::size_t>(count) : 0));
    }
  }
}

TEST_CASE("behind our alias come the upstream's records, their names compressed anew") {
  Asked asked = forward(about("docs.d.svc.cluster.local"));
  Upstream upstream(asked.query);
  Bytes target;
  put_name(target, "cdn");
  target.pop_back();
  put(target, 0xc000 | 16);  // .example.com of the question
  const std::size_t cname_at = upstream.message.size();
  upstream.record(0, 12, Type::cname, target).record(0, cname_at + 12, Type::a, {192, 0, 2, 1});
  upstream.opt();
  const ReplyText reply = relayed(asked, upstream.message);
  CHECK(reply.question == "docs.d.svc.cluster.local. A");
  CHECK(reply.has(kAa));
  CHECK(reply.answer == Lines{"docs.d.svc.cluster.local. CNAME www.example.com.",
                              "www.example.com. CNAME cdn.example.com.", "cdn.example.com. A 192.0.2.1"});
}

TEST_CASE("an alias whose target is not there is SERVFAIL, one without the type is NODATA with the upstream's SOA") {
  Asked asked = forward(about("docs.d.svc.cluster.local", Type::aaaa));
  CHECK(relayed(asked, Upstream(asked.query, kQr | 3).message).rcode == 2);
  CHECK(relayed(asked, Upstream(asked.query, kQr | 3).message).answer.empty());
  CHECK(relayed(asked, Upstream(asked.query, kQr | 2).message).rcode == 2);
  Upstream no_data(asked.query);
  Bytes soa;
  put_name(soa, "ns");
  soa.pop_back();
  put(soa, 0xc000 | 16);
  put(soa, 0xc000 | 16);
  soa.insert(soa.end(), 20, 1);
  no_data.record(1, 16, Type::soa, soa);
  const ReplyText reply = relayed(asked, no_data.message);
  CHECK(reply.rcode == 0);
  CHECK(reply.answer == Lines{"docs.d.svc.cluster.local. CNAME www.example.com."});
  REQUIRE(reply.authority.size() == 1);
  CHECK(reply.authority[0].starts_with("example.com. SOA ns.example.com. example.com. 16843009 "));
}

TEST_CASE("an alias' records that do not fit are cut off one by one, with TC") {
  Asked asked = forward(about("docs.d.svc.cluster.local"));
  Upstream upstream(asked.query);
  for (int i = 0; i < 60; ++i) upstream.record(0, 12, Type::a, {192, 0, 2, static_cast<std::uint8_t>(i)});
  const ReplyText reply = relayed(asked, upstream.message);
  CHECK(reply.has(kTc));
  CHECK(reply.answer.size() > 20);
  CHECK(reply.size > 512 - 16);
}

TEST_CASE("records of old types that may hide compressed names do not follow an alias") {
  Asked asked = forward(about("docs.d.svc.cluster.local", Type{18}));
  CHECK(relayed(asked, Upstream(asked.query).record(0, 12, Type{18}, {0, 1, 0xc0, 12}).message).rcode == 2);
}

TEST_CASE("a failure tells the client so") {
  Ask what = about("www.example.com");
  what.edns = 1232;
  Asked asked = forward(what);
  Bytes out(kMaxMessageSize);
  const ReplyText reply = read_reply(std::span(out).first(relay_failure(asked.query, out)));
  CHECK(reply.valid);
  CHECK(reply.rcode == 2);
  CHECK(reply.id == 0x1234);
  CHECK(reply.opt == 1232U);
  CHECK(reply.question == "www.example.com. A");
}

}  // namespace
}  // namespace naru::dns::test
