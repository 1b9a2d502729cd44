#include "dns/cache_policy.h"

#include <algorithm>
#include <vector>

#include "dns/message.h"
#include "dns/message_shape.h"
#include "dns/name.h"

namespace naru::dns {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr Type kRrsig{46};
constexpr std::uint32_t kFailureTtl = 5;  // RFC 2308 7.1
constexpr std::uint32_t kStaleTtl = 30;   // RFC 8767 4
constexpr std::size_t kLongestChain = 16;

std::uint32_t whole_seconds(Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

/// RFC 2181 8: one with the highest bit set means 0.
std::uint32_t ttl_of(const RecordView& record) {
  return record.ttl > 0x7fffffffU ? 0 : record.ttl;
}

/// A record's owner, or the name at the beginning of its RDATA.
bool read_name(Bytes message, std::size_t at, ParsedName& name) {
  return name.read(message, at);
}

/// Follows the answer section from the question to what answers it.
class Chain {
 public:
  Chain(Bytes message, const MessageShape& shape) : message_(message), shape_(shape) {
    type_ = Type{get16(message, shape.question_end - 4)};
    class_ = get16(message, shape.question_end - 2);
  }

  /// False: the section does not hang together.
  bool follow() {
    ParsedName name;
    if (!read_name(message_, kHeaderSize, name)) return false;
    passed_.assign(1, std::string(name.lower()));
    std::size_t at = shape_.question_end;
    for (unsigned i = 0; i < shape_.counts.answer; ++i) {
      const auto record = read_record(message_, at);
      if (!record || record->rr_class != class_ || !take(*record)) return false;
      ttl_ = std::min(ttl_, ttl_of(*record));
    }
    authority_at_ = at;
    return true;
  }

  /// The TTL of a negative answer, by the SOA of the zone that the last name is in. Nothing: there is none.
  [[nodiscard]] std::optional<std::uint32_t> denial_ttl() const {
    std::size_t at = authority_at_;
    for (unsigned i = 0; i < shape_.counts.authority; ++i) {
      const auto record = read_record(message_, at);
      if (!record) return std::nullopt;
      if (record->type == Type::soa && record->rr_class == class_) return by_soa(*record);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool found() const { return found_; }
  [[nodiscard]] std::uint32_t ttl() const { return ttl_; }  // the least of the answer section

 private:
  bool take(const RecordView& record) {
    ParsedName owner;
    if (!read_name(message_, record.name_at, owner)) return false;
    if (record.type == kRrsig) return true;
    const bool here = owner.lower() == passed_.back();
    if (!here) return record.type == Type::dname && is_below(passed_.back(), owner.lower());
    if (record.type == type_ || type_ == Type::any) {
      found_ = true;
      return true;
    }
    return record.type == Type::cname && !found_ && step_to_target(record);
  }

  bool step_to_target(const RecordView& record) {
    ParsedName target;
    if (!read_name(message_.first(record.end()), record.rdata_at, target)) return false;
    const bool loop = std::find(passed_.begin(), passed_.end(), target.lower()) != passed_.end();
    if (loop || passed_.size() > kLongestChain) return false;
    passed_.emplace_back(target.lower());
    return true;
  }

  [[nodiscard]] std::optional<std::uint32_t> by_soa(const RecordView& record) const {
    ParsedName apex;
    if (!read_name(message_, record.name_at, apex) || record.rdata_size < 20) return std::nullopt;
    if (apex.lower() != passed_.back() && !is_below(passed_.back(), apex.lower())) return std::nullopt;
    const std::size_t minimum_at = record.end() - 4;
    const std::uint32_t minimum =
        static_cast<std::uint32_t>(get16(message_, minimum_at)) << 16 | get16(message_, minimum_at + 2);
    return std::min({ttl_, ttl_of(record), minimum});
  }

  static bool is_below(std::string_view name, std::string_view parent) {
    while (name.size() > parent.size()) name.remove_prefix(static_cast<std::size_t>(name[0]) + 1);
    return name == parent;
  }

  Bytes message_;
  const MessageShape& shape_;
  Type type_{};
  std::uint16_t class_{};
  std::vector<std::string> passed_;  // the question's name and the CNAMEs' targets
  std::size_t authority_at_{};
  std::uint32_t ttl_{0x7fffffffU};
  bool found_{false};
};

std::optional<Lifetime> capped(CacheKind kind, std::uint32_t ttl, Duration most) {
  ttl = std::min(ttl, whole_seconds(most));
  return ttl == 0 ? std::nullopt : std::optional(Lifetime{kind, ttl});
}

}  // namespace

void cache_key(const UpstreamQuestion& asked, std::string& key) {
  const std::string& question = asked.question;
  key.resize(question.size() + 1);
  lower_case(reinterpret_cast<const std::uint8_t*>(question.data()), question.size() - 4, key.data());
  std::copy(question.end() - 4, question.end(), key.end() - 5);
  const bool checking_disabled = (asked.flags & kCd) != 0;
  const bool recursion = (asked.flags & kRd) != 0;
  key.back() = static_cast<char>((asked.dnssec_ok ? 1 : 0) | (checking_disabled ? 2 : 0) | (recursion ? 4 : 0));
}

std::optional<Lifetime> lifetime_of(std::span<const std::uint8_t> message, const CacheOptions& options) {
  const auto shape = shape_of(message);
  if (!shape || (get16(message, 2) & kTc) != 0) return std::nullopt;
  const Rcode rcode = rcode_of(message);
  if (rcode != Rcode::no_error && rcode != Rcode::nx_domain) return Lifetime{CacheKind::failure, kFailureTtl};
  Chain chain(message, *shape);
  if (!chain.follow()) return std::nullopt;
  if (chain.found()) {
    if (rcode == Rcode::nx_domain) return std::nullopt;
    return capped(CacheKind::success, chain.ttl(), options.max_success);
  }
  const auto ttl = chain.denial_ttl();
  return ttl ? capped(CacheKind::denial, *ttl, options.max_denial) : std::nullopt;
}

Freshness freshness(const CacheEntry& entry, TimePoint now, const CacheOptions& options) {
  const Duration life = std::chrono::seconds(entry.ttl);
  const Duration left = entry.received + life - now;
  if (left > Duration::zero()) {
    return entry.kind != CacheKind::failure && left * 10 <= life ? Freshness::ending : Freshness::fresh;
  }
  const bool given_stale = entry.kind != CacheKind::failure && -left < options.serve_stale;
  return given_stale ? Freshness::stale : Freshness::expired;
}

CacheVerdict verdict_on(const CacheEntry& entry, TimePoint now, const CacheOptions& options, bool others_got_stale) {
  const bool may_ask = now >= entry.retry_after;
  switch (freshness(entry, now, options)) {
    case Freshness::fresh:
      return CacheVerdict::give;
    case Freshness::ending:
      return may_ask ? CacheVerdict::give_and_refresh : CacheVerdict::give;
    case Freshness::stale:
      return may_ask && !others_got_stale ? CacheVerdict::ask : CacheVerdict::give_stale;
    case Freshness::expired:
      break;
  }
  return CacheVerdict::forget;
}

bool stands_in(const CacheEntry& entry, TimePoint now, const CacheOptions& options) {
  return entry.kind != CacheKind::failure && freshness(entry, now, options) != Freshness::expired;
}

void count_down(const CacheEntry& entry, TimePoint now, std::span<std::uint8_t> message) {
  const std::uint32_t age = whole_seconds(now - entry.received);
  const bool stale = age >= entry.ttl;
  const auto shape = shape_of(message);
  if (!shape) return;
  std::size_t at = shape->question_end;
  while (at < shape->end) {
    const auto record = read_record(message, at);
    if (!record) return;
    const std::uint32_t ttl = std::min(ttl_of(*record), entry.ttl);
    put32(message.data() + record->rdata_at - 6, stale ? kStaleTtl : ttl > age ? ttl - age : 0);
  }
}

}  // namespace naru::dns
