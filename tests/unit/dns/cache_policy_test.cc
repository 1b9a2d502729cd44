#include "dns/cache_policy.h"

#include <catch2/catch.hpp>

#include "dns/message_shape.h"
#include "tests/unit/dns/upstream_answer.h"

namespace naru::dns::test {
namespace {

using namespace std::chrono_literals;

std::string lifetime(const Bytes& message, const CacheOptions& options = {}) {
  const auto life = lifetime_of(message, options);
  return life ? fmt::format("{} {}", to_string(life->kind), life->ttl) : "not kept";
}

TEST_CASE("what is kept of an upstream's answers, and how long") {
  const auto www = [](unsigned rcode = 0) { return UpstreamAnswer("www.example.com", Type::a, rcode); };
  struct Row {
    const char* why;
    Bytes message;
    std::string expected;
  };
  const Row rows[] = {
      {"an address, by its TTL", www().a("www.example.com", 300).bytes(), "success 300"},
      {"whatever the case", www().a("WWW.Example.COM", 300).bytes(), "success 300"},
      {"by the least TTL of several", www().a("www.example.com", 300).a("www.example.com", 7).bytes(), "success 7"},
      {"an hour at most", www().a("www.example.com", 3601).bytes(), "success 3600"},
      {"a TTL of 1", www().a("www.example.com", 1).bytes(), "success 1"},
      {"a TTL of 0 is for now only", www().a("www.example.com", 0).bytes(), "not kept"},
      {"a TTL with the highest bit is 0", www().a("www.example.com", 0x80000000U).bytes(), "not kept"},
      {"an alias and its target, by the lesser", www().cname("www.example.com", 60, "a.net").a("a.net", 90).bytes(),
       "success 60"},
      {"cut off", UpstreamAnswer("www.example.com", Type::a, 0, kQr | kTc).a("www.example.com", 300).bytes(),
       "not kept"},
      {"an address of another name", www().a("www.example.org", 300).bytes(), "not kept"},
      {"an address beside the right one", www().a("www.example.com", 9).a("evil.example", 9).bytes(), "not kept"},
      {"an alias that leads past the address", www().cname("www.example.com", 60, "a.net").a("b.net", 90).bytes(),
       "not kept"},
      {"a chain in the wrong order", www().a("a.net", 90).cname("www.example.com", 60, "a.net").bytes(), "not kept"},
      {"an alias beside an address", www().a("www.example.com", 9).cname("www.example.com", 9, "a.net").bytes(),
       "not kept"},
      {"a loop of aliases",
       www().cname("www.example.com", 9, "a.net").cname("a.net", 9, "www.example.com").soa("net", 9, 9).bytes(),
       "not kept"},
      {"an alias of itself", www().cname("www.example.com", 9, "www.example.com").soa("com", 9, 9).bytes(), "not kept"},
      {"an alias that was asked for",
       UpstreamAnswer("www.example.com", Type::cname).cname("www.example.com", 9, "a.net").bytes(), "success 9"},
      {"an address for who wanted a text", UpstreamAnswer("www.example.com", Type::txt).a("www.example.com", 9).bytes(),
       "not kept"},
      {"whatever there is", UpstreamAnswer("www.example.com", Type::any).a("www.example.com", 9).bytes(), "success 9"},
      {"another class", www().record(0, "www.example.com", Type::a, 9, {1, 2, 3, 4}, 3).bytes(), "not kept"},
      {"a DNAME and the alias made of it",
       www().record(0, "example.com", Type::dname, 50, {0}).cname("www.example.com", 60, "www").a("www", 90).bytes(),
       "success 50"},
      {"a DNAME of elsewhere", www().record(0, "example.org", Type::dname, 50, {0}).a("www.example.com", 9).bytes(),
       "not kept"},
      {"signatures", www().a("www.example.com", 90).record(0, "www.example.com", Type{46}, 80, {1}).bytes(),
       "success 80"},
      {"no such name, by the SOA's minimum", www(3).soa("example.com", 900, 60).bytes(), "denial 60"},
      {"by the SOA's own TTL", www(3).soa("example.com", 30, 60).bytes(), "denial 30"},
      {"half an hour at most", www(3).soa("example.com", 9999, 9999).bytes(), "denial 1800"},
      {"no such type", www().soa("example.com", 900, 60).bytes(), "denial 60"},
      {"of the name itself", www().soa("www.example.com", 900, 60).bytes(), "denial 60"},
      {"of the root", www().soa("", 900, 60).bytes(), "denial 60"},
      {"an alias to nothing, by its own TTL too",
       www(3).cname("www.example.com", 20, "a.net").soa("net", 900, 60).bytes(), "denial 20"},
      {"by the SOA of where the alias began", www(3).cname("www.example.com", 20, "a.net").soa("com", 9, 9).bytes(),
       "not kept"},
      {"no such name without a SOA", www(3).bytes(), "not kept"},
      {"no such type without a SOA", www().bytes(), "not kept"},
      {"by the SOA of another zone", www(3).soa("example.org", 900, 60).bytes(), "not kept"},
      {"a part of a label is no zone", www(3).soa("ample.com", 900, 60).bytes(), "not kept"},
      {"a SOA too short to have a minimum", www(3).record(1, "com", Type::soa, 9, {0, 0, 0, 0, 0, 1}).bytes(),
       "not kept"},
      {"a name that is and is not there", www(3).a("www.example.com", 9).bytes(), "not kept"},
      {"a failure", www(2).bytes(), "failure 5"},
      {"a refusal", www(5).bytes(), "failure 5"},
      {"nothing at all", {}, "not kept"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(lifetime(row.message) == row.expected);
  }
}

TEST_CASE("the configured maxima count") {
  CacheOptions options;
  options.max_success = 90s;
  options.max_denial = 0s;
  CHECK(lifetime(UpstreamAnswer("a.example").a("a.example", 300).bytes(), options) == "success 90");
  CHECK(lifetime(UpstreamAnswer("a.example", Type::a, 3).soa("example", 300, 300).bytes(), options) == "not kept");
}

TEST_CASE("an answer cut short anywhere is kept nowhere") {
  const Bytes whole = UpstreamAnswer("www.example.com").cname("www.example.com", 60, "a.net").a("a.net", 90).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(lifetime(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == "not kept");
  }
}

TEST_CASE("questions that may be answered differently have different keys") {
  const auto key = [](std::string_view name, Type type, std::uint16_t rr_class, bool dnssec_ok, std::uint16_t flags) {
    Bytes question;
    put_name(question, name);
    put(question, static_cast<std::size_t>(type));
    put(question, rr_class);
    std::string made = "what was there before, and is longer than the key";
    cache_key({{question.begin(), question.end()}, flags, dnssec_ok}, made);
    return made;
  };
  const std::string one = key("www.example.com", Type::a, 1, false, kRd);
  CHECK(key("wWw.eXample.COM", Type::a, 1, false, kRd) == one);
  // The bytes of TYPE that look like letters are none.
  CHECK(key("a", Type{0x4141}, 1, false, 0) != key("a", Type{0x6161}, 1, false, 0));
  const std::set<std::string> keys{one,
                                   key("www.example.org", Type::a, 1, false, kRd),
                                   key("www.example.com", Type::aaaa, 1, false, kRd),
                                   key("www.example.com", Type::a, 3, false, kRd),
                                   key("www.example.com", Type::a, 1, true, kRd),
                                   key("www.example.com", Type::a, 1, false, kRd | kCd),
                                   key("www.example.com", Type::a, 1, true, kRd | kCd),
                                   key("www.example.com", Type::a, 1, false, 0),
                                   key("", Type::a, 1, false, kRd)};
  CHECK(keys.size() == 9);
}

TEST_CASE("an entry is fresh, then ends, then is stale, then is gone") {
  CacheEntry entry;
  entry.ttl = 100;
  CacheOptions options;
  options.serve_stale = 50s;
  const auto after = [&](Duration time) { return freshness(entry, TimePoint{} + time, options); };
  CHECK(after(0s) == Freshness::fresh);
  CHECK(after(89999ms) == Freshness::fresh);
  CHECK(after(90s) == Freshness::ending);
  CHECK(after(99999ms) == Freshness::ending);
  CHECK(after(100s) == Freshness::stale);
  CHECK(after(149999ms) == Freshness::stale);
  CHECK(after(150s) == Freshness::expired);
  options.serve_stale = 0s;
  CHECK(after(100s) == Freshness::expired);
  entry.kind = CacheKind::failure;
  options.serve_stale = 50s;
  CHECK(after(99s) == Freshness::fresh);
  CHECK(after(100s) == Freshness::expired);
}

TEST_CASE("what a query gets that finds an entry: prefetch and stale answers") {
  struct Row {
    const char* what;
    Duration age;
    Duration retry_after;  // from when on upstreams may be asked; counted as `age` is
    bool others_got_stale;
    CacheVerdict verdict;
  };
  // It lives for 100 s, and for 50 s more as a stale one.
  const Row row =
      GENERATE(Row{"fresh", 10s, 0s, false, CacheVerdict::give},
               Row{"just before its last tenth", 89999ms, 0s, false, CacheVerdict::give},
               Row{"its last tenth begins: prefetch", 90s, 0s, false, CacheVerdict::give_and_refresh},
               Row{"its last moment", 99999ms, 0s, false, CacheVerdict::give_and_refresh},
               Row{"its last tenth, but upstreams failed just now", 95s, 96s, false, CacheVerdict::give},
               Row{"its last tenth, and upstreams have rested", 96s, 96s, false, CacheVerdict::give_and_refresh},
               Row{"out of date: upstreams first", 100s, 0s, false, CacheVerdict::ask},
               Row{"out of date while upstreams are left alone", 100s, 105s, false, CacheVerdict::give_stale},
               Row{"out of date, and upstreams have rested", 105s, 105s, false, CacheVerdict::ask},
               Row{"out of date, and upstreams say nothing to those before", 101s, 0s, true, CacheVerdict::give_stale},
               Row{"the last moment as a stale one", 149999ms, 0s, false, CacheVerdict::ask},
               Row{"too old even for that", 150s, 0s, false, CacheVerdict::forget},
               Row{"too old, whatever upstreams do", 150s, 155s, true, CacheVerdict::forget});
  CAPTURE(row.what);
  CacheEntry entry;
  entry.ttl = 100;
  entry.retry_after = TimePoint{} + row.retry_after;
  CacheOptions options;
  options.serve_stale = 50s;
  CHECK(verdict_on(entry, TimePoint{} + row.age, options, row.others_got_stale) == row.verdict);
}

TEST_CASE("a kept failure is neither refreshed nor given when out of date, and stands in for nothing") {
  CacheEntry entry;
  entry.ttl = 5;
  entry.kind = CacheKind::failure;
  const CacheOptions options;
  CHECK(verdict_on(entry, TimePoint{} + 4999ms, options, false) == CacheVerdict::give);
  CHECK(verdict_on(entry, TimePoint{} + 5s, options, true) == CacheVerdict::forget);
  CHECK_FALSE(stands_in(entry, TimePoint{} + 1s, options));
}

TEST_CASE("what stands in where upstreams fail") {
  CacheEntry entry;
  entry.ttl = 100;
  CacheOptions options;
  options.serve_stale = 50s;
  for (const CacheKind kind : {CacheKind::success, CacheKind::denial}) {
    entry.kind = kind;
    CHECK(stands_in(entry, TimePoint{} + 99s, options));
    CHECK(stands_in(entry, TimePoint{} + 149s, options));
    CHECK_FALSE(stands_in(entry, TimePoint{} + 150s, options));
  }
  options.serve_stale = 0s;
  CHECK_FALSE(stands_in(entry, TimePoint{} + 100s, options));
}

TEST_CASE("TTLs count down to the entry's end, and stale ones are 30") {
  CacheEntry entry;
  entry.ttl = 60;
  entry.message = UpstreamAnswer("www.example.com")
                      .cname("www.example.com", 60, "a.net")
                      .a("a.net", 90)
                      .record(2, "b.net", Type::a, 10, {1, 2, 3, 4})
                      .bytes();
  const auto ttls = [&](Duration age) {
    Bytes message = entry.message;
    count_down(entry, TimePoint{} + age, message);
    return read_reply(message).ttls;
  };
  using Ttls = std::vector<std::uint32_t>;
  CHECK(ttls(0s) == Ttls{60, 60, 10});
  CHECK(ttls(999ms) == Ttls{60, 60, 10});
  CHECK(ttls(1s) == Ttls{59, 59, 9});
  CHECK(ttls(11s) == Ttls{49, 49, 0});
  CHECK(ttls(59s) == Ttls{1, 1, 0});
  CHECK(ttls(60s) == Ttls{30, 30, 30});
  CHECK(ttls(3600s) == Ttls{30, 30, 30});
}

TEST_CASE("the OPT of an answer is not among its records") {
  const Bytes message = UpstreamAnswer("a.example").a("a.example", 9).opt().bytes();
  const auto shape = shape_of(message);
  REQUIRE(shape);
  CHECK(shape->has_opt);
  CHECK(shape->end == message.size() - kOptSize);
  CHECK(shape->counts.additional == 0);
}

}  // namespace
}  // namespace naru::dns::test
