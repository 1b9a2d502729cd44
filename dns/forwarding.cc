#include "dns/forwarding.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "dns/message_shape.h"

namespace naru::dns {
namespace {

constexpr std::size_t kBehindName = 5;  // of a key: TYPE, CLASS and a byte of flags

/// RFC 8767 5: how long a client may wait when there is something stale to give it, and how long upstreams that failed
/// are left alone, as far as this name goes.
constexpr Duration kClientPatience = std::chrono::milliseconds(1800);
constexpr Duration kRetryAfter = std::chrono::seconds(5);

std::string_view name_of(const std::string& key) {
  return std::string_view(key).substr(0, key.size() - kBehindName);
}

bool is_failure(std::span<const std::uint8_t> message) {
  if (message.empty()) return true;
  const Rcode rcode = rcode_of(message);
  return rcode != Rcode::no_error && rcode != Rcode::nx_domain;
}

std::vector<std::uint8_t> copy(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

struct Forwarding::UnderWay {
  std::string key;
  UpstreamQuestion question;
  std::uint64_t id{};                  // the Forwarder's
  std::vector<std::uint64_t> waiting;  // those who wait; none: a refresh
  bool gave_stale{false};              // and from then on does at once
  runtime::Timer slow;

  explicit UnderWay(std::function<void(UnderWay&)> on_slow)
      : slow([this, on_slow = std::move(on_slow)] { on_slow(*this); }) {}
};

Forwarding::Forwarding(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed)
    : reactor_(reactor),
      options_(options),
      metrics_(metrics),
      stub_zones_(options),
      cache_(options.cache.size, mix(seed)),
      forwarder_(reactor, options, metrics, seed) {}

Forwarding::~Forwarding() = default;

std::span<const std::uint8_t> Forwarding::known(const UpstreamQuestion& question) {
  cache_key(question, key_);
  if (const auto found = from_cache(question); !found.empty()) return found;
  if (!forwarder_.take_probe(name_of(key_)) && stub_zones_.group_of(name_of(key_))) {
    metrics_.forwarding.cache_misses.add();
    return {};
  }
  reply_ = failure_answer(question, Rcode::refused);
  return reply_;
}

std::span<const std::uint8_t> Forwarding::from_cache(const UpstreamQuestion& question) {
  CacheEntry* entry = cache_.find(key_);
  if (entry == nullptr) return {};
  const auto under_way = under_way_.find(key_);
  const bool others_got_stale = under_way != under_way_.end() && under_way->second->gave_stale;
  switch (verdict_on(*entry, reactor_.now(), options_.cache, others_got_stale)) {
    case CacheVerdict::give:
      break;
    case CacheVerdict::give_and_refresh:
      refresh(question);
      break;
    case CacheVerdict::give_stale:
      metrics_.forwarding.cache_served_stale.add();
      break;
    case CacheVerdict::ask:
      return {};
    case CacheVerdict::forget:
      cache_.erase(key_);
      show_cache();
      return {};
  }
  metrics_.forwarding.cache_hits[static_cast<std::size_t>(entry->kind)].add();
  return say(*entry);
}

std::span<const std::uint8_t> Forwarding::say(const CacheEntry& entry) {
  reply_ = entry.message;
  count_down(entry, reactor_.now(), reply_);
  return reply_;
}

void Forwarding::refresh(const UpstreamQuestion& question) {
  // Those who wait come first.
  const bool busy = forwarder_.in_flight() >= options_.max_in_flight / 2;
  const auto group = stub_zones_.group_of(name_of(key_));
  if (busy || !group || under_way_.contains(key_)) return;
  metrics_.forwarding.cache_prefetches.add();
  static_cast<void>(begin(question, *group));
}

Forwarding::UnderWay& Forwarding::begin(const UpstreamQuestion& question, std::size_t group) {
  auto& what = under_way_[key_];
  what = std::make_unique<UnderWay>([this](UnderWay& slow) { on_slow(slow); });
  what->key = key_;
  what->question = question;
  what->id = forwarder_.ask(group, question,
                            [this, key = key_](std::span<const std::uint8_t> message) { on_answer(key, message); });
  return *what;
}

void Forwarding::ask(const UpstreamQuestion& question, Done done) {
  cache_key(question, key_);
  const auto group = stub_zones_.group_of(name_of(key_));
  if (!group) return tell_soon(std::move(done), failure_answer(question, Rcode::refused));
  if (waiting_.size() >= options_.max_in_flight) shed_oldest();
  cache_key(question, key_);
  const auto found = under_way_.find(key_);
  if (found != under_way_.end()) metrics_.forwarding.joined.add();
  UnderWay& what = found != under_way_.end() ? *found->second : begin(question, *group);
  const bool has_stale = !what.slow.armed() && cache_.find(key_) != nullptr;
  if (has_stale) reactor_.arm(what.slow, kClientPatience);
  what.waiting.push_back(next_waiting_);
  waiting_.emplace_hint(waiting_.end(), next_waiting_++, Waiting{std::move(done), &what});
}

void Forwarding::find_out(const UpstreamQuestion& question, Done done) {
  const auto answer = known(question);
  if (answer.empty()) return ask(question, std::move(done));
  tell_soon(std::move(done), copy(answer));
}

void Forwarding::on_answer(const std::string& key, std::span<const std::uint8_t> message) {
  const auto found = under_way_.find(key);
  if (found == under_way_.end()) return;
  const std::unique_ptr<UnderWay> what = std::move(found->second);
  under_way_.erase(found);  // `key` is the Forwarder's, and still there
  std::optional<std::vector<std::uint8_t>> answer;
  if (is_failure(message)) answer = instead_of_failure(what->key);
  if (!answer) answer = keep(what->key, what->question, message);
  tell(what->waiting, *answer);
}

std::vector<std::uint8_t> Forwarding::keep(const std::string& key, const UpstreamQuestion& question,
                                           std::span<const std::uint8_t> message) {
  const bool silence = message.empty();
  CacheEntry entry;
  entry.key = key;
  entry.message = silence ? failure_answer(question, Rcode::serv_fail) : copy(message);
  entry.received = reactor_.now();
  const auto lifetime = silence ? Lifetime{CacheKind::failure, kSilenceTtl} : lifetime_of(message, options_.cache);
  std::vector<std::uint8_t> answer = entry.message;
  if (lifetime) {
    entry.kind = lifetime->kind;
    entry.ttl = lifetime->ttl;
    count_down(entry, entry.received, answer);
    entry.message[2] &= static_cast<std::uint8_t>(~(kAa >> 8));  // only the authority itself has it (RFC 1034 6.2.7)
    cache_.put(std::move(entry));
  } else {
    cache_.erase(key);
  }
  show_cache();
  return answer;
}

std::optional<std::vector<std::uint8_t>> Forwarding::instead_of_failure(const std::string& key) {
  CacheEntry* entry = cache_.find(key);
  const TimePoint now = reactor_.now();
  if (entry == nullptr || !stands_in(*entry, now, options_.cache)) return std::nullopt;
  entry->retry_after = now + kRetryAfter;
  if (freshness(*entry, now, options_.cache) == Freshness::stale) metrics_.forwarding.cache_served_stale.add();
  return copy(say(*entry));
}

void Forwarding::on_slow(UnderWay& what) {
  const CacheEntry* entry = cache_.find(what.key);
  if (entry == nullptr || freshness(*entry, reactor_.now(), options_.cache) != Freshness::stale) return;
  what.gave_stale = true;
  metrics_.forwarding.cache_served_stale.add(what.waiting.size());
  const auto message = copy(say(*entry));
  tell(std::exchange(what.waiting, {}), message);
}

void Forwarding::tell(const std::vector<std::uint64_t>& waiting, std::span<const std::uint8_t> message) {
  // None waits any more when the first is told: that one may ask something else, for which the oldest is given up.
  std::vector<Done> all;
  for (const std::uint64_t each : waiting) {
    const auto found = waiting_.find(each);
    if (found == waiting_.end()) continue;
    all.push_back(std::move(found->second.done));
    waiting_.erase(found);
  }
  for (const Done& done : all) done(message);
}

void Forwarding::tell_soon(Done done, std::vector<std::uint8_t> message) {
  if (told_soon_.empty()) {
    reactor_.defer([this, alive = std::weak_ptr<int>(alive_)] {
      if (alive.expired()) return;
      for (const ToldSoon& each : std::exchange(told_soon_, {})) each.done(each.message);
    });
  }
  told_soon_.push_back({std::move(done), std::move(message)});
}

// An old question has had its time: its client may have asked again already, or gone.
void Forwarding::shed_oldest() {
  const auto oldest = waiting_.begin();
  UnderWay& what = *oldest->second.what;
  metrics_.forward_shed.add();
  auto answer = instead_of_failure(what.key);
  tell_soon(std::move(oldest->second.done), answer ? std::move(*answer) : std::vector<std::uint8_t>());
  std::erase(what.waiting, oldest->first);
  waiting_.erase(oldest);
  if (!what.waiting.empty()) return;
  forwarder_.give_up(what.id);
  const std::string key = what.key;
  under_way_.erase(key);
}

void Forwarding::show_cache() {
  ForwardMetrics& shown = metrics_.forwarding;
  shown.cache_bytes.set(cache_.bytes());
  for (std::size_t i = 0; i < kCacheKinds; ++i) {
    shown.cache_entries[i].set(cache_.entries(CacheKind{static_cast<std::uint8_t>(i)}));
    shown.cache_evictions[i].set(cache_.evicted(CacheKind{static_cast<std::uint8_t>(i)}));
  }
}

}  // namespace naru::dns
