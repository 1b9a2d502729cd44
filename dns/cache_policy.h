// What of an upstream's answer may be kept, how long, and what a kept one says later (RFC 2181 5.4.1, RFC 2308, RFC
// 8767, RFC 9520). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "dns/cache.h"
#include "dns/forward_message.h"
#include "dns/forward_options.h"
#include "dns/types.h"

namespace naru::dns {

/// What an answer is an answer to: name in lower case, TYPE, CLASS, and the bits that change what an upstream says: DO,
/// CD, RD.
void cache_key(const UpstreamQuestion& question, std::string& key);

struct Lifetime {
  CacheKind kind{};
  std::uint32_t ttl{};  // seconds
};
/// Nothing: it is not to be kept. That is one that is cut off (TC), says no without the zone's SOA, whose CNAMEs do not
/// lead from the question to its answer, or has a TTL of 0. `message` is well-formed and answers its question.
[[nodiscard]] std::optional<Lifetime> lifetime_of(std::span<const std::uint8_t> message, const CacheOptions& options);

/// Of a name that no upstream says anything about (RFC 9520 3.2: at least a second).
inline constexpr std::uint32_t kSilenceTtl = 1;

enum class Freshness : std::uint8_t {
  fresh,
  ending,   // fresh, with a tenth of its time left: worth asking again before it is missed
  stale,    // to be given only while upstreams give none
  expired,  // not to be given
};
[[nodiscard]] Freshness freshness(const CacheEntry& entry, TimePoint now, const CacheOptions& options);

/// What a query gets that finds an entry.
enum class CacheVerdict : std::uint8_t {
  give,
  give_and_refresh,  // and upstreams are asked again meanwhile, once: prefetch
  give_stale,        // upstreams were silent a moment ago, and are left alone
  ask,               // it is out of date: upstreams first, then perhaps the entry
  forget,            // and ask
};
/// `others_got_stale`: somebody waits for upstreams already, and was given what is stale meanwhile.
[[nodiscard]] CacheVerdict verdict_on(const CacheEntry& entry, TimePoint now, const CacheOptions& options,
                                      bool others_got_stale);

/// Whether the entry is given where upstreams fail: anything that is no failure itself, as long as it may be stale.
[[nodiscard]] bool stands_in(const CacheEntry& entry, TimePoint now, const CacheOptions& options);

/// The TTLs that the records of `message` have for a client at `now`: counted down, and none beyond the entry's own
/// end; of a stale one 30 (RFC 8767 4). `message` is a copy of the entry's.
void count_down(const CacheEntry& entry, TimePoint now, std::span<std::uint8_t> message);

}  // namespace naru::dns
