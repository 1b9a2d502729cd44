#include "dns/cookie.h"

#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

Bytes bytes_of(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

CookieSecret secret(std::string_view hex) {
  CookieSecret key{};
  std::ranges::copy(bytes_of(hex), key.begin());
  return key;
}

std::string hex_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

struct Taken {
  CookieVerdict verdict{};
  std::string reply;
};

Taken take(CookieMaker& maker, std::string_view cookie, const char* client, CookieTime now) {
  const Bytes message = bytes_of(cookie);
  Edns edns;
  edns.present = true;
  edns.cookie_at = 0;
  edns.cookie_size = static_cast<std::uint16_t>(message.size());
  const CookieVerdict verdict = maker.take(message, edns, ip(client), now);
  return {verdict, edns.reply_cookie ? hex_of(edns.cookie) : ""};
}

// The test vectors of RFC 9018, appendix A.
TEST_CASE("cookies are those that every server makes of a secret") {
  CookieMaker maker;
  maker.set_secrets({secret("e5e973e5a6b2a43f48e7dc849e37bfcf"), std::nullopt});
  const Taken first = take(maker, "2464c4abcf10c957", "198.51.100.100", 1559731985);
  CHECK(first.verdict == CookieVerdict::first);
  CHECK(first.reply == "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  const Taken renewed = take(maker, first.reply, "198.51.100.100", 1559734385);
  CHECK(renewed.verdict == CookieVerdict::valid);
  CHECK(renewed.reply == "2464c4abcf10c957010000005cf7a871d4a564a1442aca77");

  maker.set_secrets({secret("445536bcd2513298075a5d379663c962"), secret("dd3bdf9344b678b185a6f5cb60fca715")});
  const Taken v6 =
      take(maker, "22681ab97d52c298010000005cf7c57926556bd0934c72f8", "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961);
  CHECK(v6.verdict == CookieVerdict::valid);
  CHECK(v6.reply == "22681ab97d52c298010000005cf7c609a6bb79d16625507a");
}

TEST_CASE("a cookie is good for so long, for one address and for two secrets") {
  const CookieSecret one = secret("000102030405060708090a0b0c0d0e0f");
  const CookieSecret two = secret("101112131415161718191a1b1c1d1e1f");
  const CookieSecret three = secret("202122232425262728292a2b2c2d2e2f");
  constexpr CookieTime kMade = 0xffffff00;  // so that time wraps on the way
  CookieMaker maker;
  maker.set_secrets({one, std::nullopt});
  const std::string cookie = take(maker, "0123456789abcdef", "192.0.2.1", kMade).reply;
  struct Row {
    const char* why;
    const char* client;
    std::int64_t age;
    CookieSecrets secrets;
    CookieVerdict verdict;
    bool same_back;
  };
  const Row rows[] = {
      {"at once", "192.0.2.1", 0, {one, {}}, CookieVerdict::valid, true},
      {"to half an hour it comes back as it is", "192.0.2.1", 1800, {one, {}}, CookieVerdict::valid, true},
      {"then a new one comes", "192.0.2.1", 1801, {one, {}}, CookieVerdict::valid, false},
      {"to an hour it is good", "192.0.2.1", 3600, {one, {}}, CookieVerdict::valid, false},
      {"and no longer", "192.0.2.1", 3601, {one, {}}, CookieVerdict::bad, false},
      {"from five minutes ahead", "192.0.2.1", -300, {one, {}}, CookieVerdict::valid, true},
      {"but no further", "192.0.2.1", -301, {one, {}}, CookieVerdict::bad, false},
      {"of another's address", "192.0.2.2", 1, {one, {}}, CookieVerdict::bad, false},
      {"of the secret before", "192.0.2.1", 1, {two, one}, CookieVerdict::valid, false},
      {"of the one before that", "192.0.2.1", 1, {three, two}, CookieVerdict::bad, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    maker.set_secrets(row.secrets);
    const Taken taken = take(maker, cookie, row.client, static_cast<CookieTime>(kMade + row.age));
    CHECK(taken.verdict == row.verdict);
    CHECK((taken.reply == cookie) == row.same_back);
    CHECK(taken.reply.starts_with("0123456789abcdef01000000"));
  }
}

TEST_CASE("a cookie of another's making, and none") {
  CookieMaker maker;
  maker.set_secrets({secret("000102030405060708090a0b0c0d0e0f"), std::nullopt});
  for (const char* cookie : {"0123456789abcdef0123456789abcdef",                  // the shortest server part
                             "0123456789abcdef020000000123456789abcdef01234567",  // another version
                             "0123456789abcdef01000000000000000123456789abcdef"}) {
    const Taken taken = take(maker, cookie, "192.0.2.1", 1);
    CHECK(taken.verdict == CookieVerdict::bad);
    CHECK(taken.reply.size() == 2 * kCookieSize);
  }
  const std::string longest = "0123456789abcdef" + std::string(64, 'a');
  CHECK(take(maker, longest, "192.0.2.1", 1).verdict == CookieVerdict::bad);
  CHECK(take(maker, "", "192.0.2.1", 1).verdict == CookieVerdict::none);
  CHECK(take(maker, "", "192.0.2.1", 1).reply.empty());
}

// ---- in messages ----

Bytes with_option(std::uint16_t code, std::size_t size) {
  Ask what;
  what.name = "web.shop.svc.cluster.local";
  what.edns = 1232;
  Bytes message = make_query(what);
  message.back() = static_cast<std::uint8_t>(4 + size);
  put(message, code);
  put(message, size);
  message.insert(message.end(), size, 7);
  return message;
}

TEST_CASE("sizes that a cookie may have") {
  for (std::size_t size = 0; size <= 42; ++size) {
    const Bytes message = with_option(10, size);
    Query query;
    const bool good = size == 8 || (size >= 16 && size <= 40);
    INFO(size);
    CHECK(parse_query(message, query) == (good ? QueryFault::none : QueryFault::malformed));
    CHECK(query.edns.cookie_size == (good ? size : 0));
  }
  Query query;
  CHECK(parse_query(with_option(3, 9), query) == QueryFault::none);
  CHECK(query.edns.cookie_size == 0);
}

TEST_CASE("a query without a question but with a cookie asks for one, and no other does") {
  Bytes message = with_option(10, 8);
  const auto opt = message.end() - static_cast<std::ptrdiff_t>(kOptSize + 12);
  Bytes asking(message.begin(), message.begin() + kHeaderSize);
  asking[5] = 0;
  asking.insert(asking.end(), opt, message.end());
  Query query;
  CHECK(parse_query(asking, query) == QueryFault::cookie_only);
  Bytes plain(message.begin(), message.begin() + kHeaderSize);
  plain[5] = plain[11] = 0;
  CHECK(parse_query(plain, query) == QueryFault::malformed);
}

}  // namespace
}  // namespace naru::dns::test
