#include "dns/cookie.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

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

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

}  // namespace

struct SipHash::State {
  std::unique_ptr<EVP_MAC, FreeMac> mac{EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)};
  std::unique_ptr<EVP_MAC_CTX, FreeMac> context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
};

SipHash::SipHash() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::runtime_error("OpenSSL has no SipHash, which DNS cookies need");
}
SipHash::~SipHash() = default;
SipHash::SipHash(SipHash&&) noexcept = default;
SipHash& SipHash::operator=(SipHash&&) noexcept = default;

std::array<std::uint8_t, 8> SipHash::operator()(const CookieSecret& key, std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, 8> hash{};
  unsigned size = hash.size();
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  std::size_t written = 0;
  EVP_MAC_CTX* context = state_->context.get();
  const bool done = EVP_MAC_init(context, key.data(), key.size(), parameters) == 1 &&
                    EVP_MAC_update(context, data.data(), data.size()) == 1 &&
                    EVP_MAC_final(context, hash.data(), &written, hash.size()) == 1;
  // It cannot fail but for memory; zeros would be a cookie that anybody can make.
  if (!done) throw std::bad_alloc();
  return hash;
}

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
  const auto hash = hash_(secret, std::span(input).first(kHashAt + address_size));
  std::copy(hash.begin(), hash.end(), cookie.begin() + kHashAt);
}

bool CookieMaker::is_sealed(const Cookie& cookie, const IpAddress& client, const CookieSecret& secret) {
  Cookie right = cookie;
  seal(right, client, secret);
  return CRYPTO_memcmp(right.data() + kHashAt, cookie.data() + kHashAt, kCookieSize - kHashAt) == 0;
}

}  // namespace naru::dns
