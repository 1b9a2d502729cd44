// DNS cookies (RFC 7873), made as RFC 9018 says, so that they are worth the same at every worker.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "dns/message.h"
#include "dns/metrics.h"

namespace naru::dns {

using CookieSecret = std::array<std::uint8_t, 16>;
/// Seconds since 1970, as cookies have them: they wrap (RFC 1982).
using CookieTime = std::uint32_t;

/// The one that cookies are made with, and the one before, whose cookies are still good. Which it is depends on the
/// time alone: whoever has the same pair, made at the same time, agrees.
struct CookieSecrets {
  CookieSecret current{};
  std::optional<CookieSecret> previous;
};

/// One worker's.
class CookieMaker {
 public:
  void set_secrets(const CookieSecrets& secrets) { secrets_ = secrets; }

  /// Judges the cookie that `edns` found in `message`, and puts into `edns` what the reply is to carry: the client's
  /// part, and ours, which is the one that it sent where that is fresh.
  CookieVerdict take(std::span<const std::uint8_t> message, Edns& edns, const IpAddress& client, CookieTime now);

 private:
  using Cookie = std::array<std::uint8_t, kCookieSize>;
  /// `cookie` has all but the hash.
  static void seal(Cookie& cookie, const IpAddress& client, const CookieSecret& secret);
  [[nodiscard]] static bool is_sealed(const Cookie& cookie, const IpAddress& client, const CookieSecret& secret);

  CookieSecrets secrets_;
};

}  // namespace naru::dns
