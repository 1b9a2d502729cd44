#include "dns/cookie.h"

#include <algorithm>

#include "base/siphash.h"

namespace naru::dns {
namespace {

// Client's part, version, reserved, time, hash (RFC 9018 4).
constexpr std::size_t kClientSize = 8;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kTimeAt = 12;
constexpr std::size_t kHashAt = 16;
constexpr std::uint8_t kVersion = 1;

// RFC 9018 4.3.
constexpr std::int32_t kLongestLife = 3600;
constexpr std::int32_t kRenewAfter = 1800;
constexpr std::int32_t kFutureAllowed = 300;

/// In time that tells nothing of where they differ.
bool same(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned>(a[i] ^ b[i]);
  return different == 0;
}

}  // namespace

CookieVerdict CookieMaker::take(std::span<const std::uint8_t> message, Edns& edns, const IpAddress& client,
                                CookieTime now) {
  if (edns.cookie_size == 0) return CookieVerdict::none;
  const auto given = message.subspan(edns.cookie_at, edns.cookie_size);
  edns.reply_cookie = true;
  std::copy_n(given.begin(), std::min(given.size(), kCookieSize), edns.cookie.begin());
  CookieVerdict verdict = given.size() == kClientSize ? CookieVerdict::first : CookieVerdict::bad;
  if (given.size() == kCookieSize && edns.cookie[kVersionAt] == kVersion) {
    const std::uint32_t made =
        static_cast<std::uint32_t>(get16(edns.cookie, kTimeAt)) << 16 | get16(edns.cookie, kTimeAt + 2);
    const auto age = static_cast<std::int32_t>(now - made);
    const bool in_time = age >= -kFutureAllowed && age <= kLongestLife;
    if (in_time && is_sealed(edns.cookie, client, secrets_.current)) {
      if (age <= kRenewAfter) return CookieVerdict::valid;
      verdict = CookieVerdict::valid;
    } else if (in_time && secrets_.previous && is_sealed(edns.cookie, client, *secrets_.previous)) {
      verdict = CookieVerdict::valid;
    }
  }
  edns.cookie[kVersionAt] = kVersion;
  std::fill_n(edns.cookie.begin() + kVersionAt + 1, 3, std::uint8_t{0});
  put32(edns.cookie.data() + kTimeAt, now);
  seal(edns.cookie, client, secrets_.current);
  return verdict;
}

void CookieMaker::seal(Cookie& cookie, const IpAddress& client, const CookieSecret& secret) {
  std::array<std::uint8_t, kHashAt + 16> input{};
  std::copy_n(cookie.begin(), kHashAt, input.begin());
  const std::size_t address_size = client.bits() / 8;
  std::copy_n(client.bytes().begin(), address_size, input.begin() + kHashAt);
  const std::uint64_t hash = siphash24(secret, std::span(input).first(kHashAt + address_size));
  for (std::size_t i = 0; i < sizeof hash; ++i) cookie[kHashAt + i] = static_cast<std::uint8_t>(hash >> (8 * i));
}

bool CookieMaker::is_sealed(const Cookie& cookie, const IpAddress& client, const CookieSecret& secret) {
  Cookie right = cookie;
  seal(right, client, secret);
  return same(std::span(right).subspan(kHashAt), std::span(cookie).subspan(kHashAt));
}

}  // namespace naru::dns
