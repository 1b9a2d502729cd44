#include "dns/forwarder.h"

#include <sys/random.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace naru::dns {
namespace {

constexpr std::size_t kQueriesPerChannel = 32;  // in its life: its port, and what c-ares learned, are worth forgetting
constexpr std::size_t kChannels = 128;          // per upstream; more queries at once share channels, and ports
constexpr std::size_t kSharedBy = 64;           // at most
constexpr std::size_t kIdleChannels = 16;       // kept: each is some 75 KB
constexpr Backoff kAvoid{std::chrono::seconds(1), std::chrono::seconds(30)};

ForwardResult result_of(int status) {
  switch (status) {
    case ARES_ETIMEOUT:
      return ForwardResult::timeout;
    case ARES_EBADRESP:
    case ARES_EFORMERR:
      return ForwardResult::malformed;
    default:
      return ForwardResult::refused;
  }
}

ForwardResult result_of(UpstreamVerdict verdict) {
  switch (verdict) {
    case UpstreamVerdict::good:
      return ForwardResult::answered;
    case UpstreamVerdict::server_fail:
      return ForwardResult::server_fail;
    default:
      return ForwardResult::malformed;
  }
}

}  // namespace

void UpstreamHealth::failed(TimePoint now) {
  avoid_until = now + kAvoid.after(++failures);
}

std::vector<std::size_t> attempt_order(std::span<const UpstreamHealth> upstreams, UpstreamPolicy policy,
                                       std::uint64_t turn, Random& random, TimePoint now) {
  std::vector<std::size_t> order(upstreams.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (policy == UpstreamPolicy::random) std::shuffle(order.begin(), order.end(), random);
  if (policy == UpstreamPolicy::round_robin && !order.empty()) {
    std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(turn % order.size()), order.end());
  }
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return upstreams[i].avoid_until <= now; });
  return order;
}

struct Forwarder::Job {
  const ForwardedQuery* query{};
  Done done;
  TimePoint deadline;
  TimePoint attempt_began;
  std::vector<std::size_t> order;  // of upstreams
  std::size_t attempt{0};          // the one under way
  std::uint16_t id{};
  std::vector<std::uint8_t> failure;  // an upstream's own, where none has given an answer: better than nothing
};

struct Forwarder::Upstream {
  SocketAddress address;
  std::vector<std::unique_ptr<UpstreamChannel>> channels;
};

Forwarder::Forwarder(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed)
    : reactor_(reactor), options_(options), metrics_(metrics), random_(seed), health_(options.upstreams.size()) {
  for (const SocketAddress& address : options_.upstreams) {
    upstreams_.push_back(std::make_unique<Upstream>(Upstream{address, {}}));
  }
}

Forwarder::~Forwarder() = default;

void Forwarder::ask(const ForwardedQuery& query, Done done) {
  if (!jobs_.empty() && jobs_.size() >= options_.max_in_flight) {
    metrics_.forward_shed.add();
    end_soon(jobs_.begin(), {});
  }
  Job job;
  job.query = &query;
  job.done = std::move(done);
  job.deadline = reactor_.now() + options_.total_timeout;
  job.order = attempt_order(health_, options_.policy, next_tag_, random_, reactor_.now());
  // A lost packet is worth a second try also where there is nobody else to ask.
  if (job.order.size() == 1) job.order.push_back(job.order.front());
  start_attempt(jobs_.emplace_hint(jobs_.end(), next_tag_++, std::move(job)));
}

void Forwarder::start_attempt(Jobs::iterator job) {
  Job& what = job->second;
  const std::size_t upstream = what.order[what.attempt];
  what.attempt_began = reactor_.now();
  what.id = random_id();
  UpstreamChannel* channel = channel_for(upstream);
  if (channel == nullptr) return attempt_ended(job, {job->first, ARES_ENOMEM, {}});
  channel->send(job->first, upstream_query(*what.query, what.id));
  take_answers(upstream, *channel);
}

void Forwarder::take_answers(std::size_t upstream, UpstreamChannel& channel) {
  for (const UpstreamAnswer& answer : channel.take_answers()) {
    // One that was given up is still answered, or not, in its channel.
    if (const auto job = jobs_.find(answer.tag); job != jobs_.end()) attempt_ended(job, answer);
  }
  let_go_if_spent(upstream, channel);
}

void Forwarder::attempt_ended(Jobs::iterator job, const UpstreamAnswer& answer) {
  Job& what = job->second;
  const bool answered = answer.status == ARES_SUCCESS;
  const auto result = answered ? result_of(judge(answer.message, *what.query, what.id)) : result_of(answer.status);
  count_attempt(what, result);
  if (result == ForwardResult::answered) return end_soon(job, answer.message);
  if (result == ForwardResult::server_fail) what.failure = answer.message;
  const bool again = may_try_again(what, result);
  ++what.attempt;
  if (again) return start_attempt(job);
  end_soon(job, std::move(what.failure));
}

void Forwarder::count_attempt(const Job& job, ForwardResult result) {
  metrics_.forward(result);
  metrics_.forward_duration.add(static_cast<std::uint64_t>((reactor_.now() - job.attempt_began).count()));
  UpstreamHealth& health = health_[job.order[job.attempt]];
  // An upstream that says SERVFAIL may mean the name; it is there.
  if (result == ForwardResult::answered || result == ForwardResult::server_fail) {
    health.succeeded();
  } else {
    health.failed(reactor_.now());
  }
}

bool Forwarder::may_try_again(const Job& job, ForwardResult result) const {
  if (job.attempt + 1 >= job.order.size()) return false;
  // One that has said what it has to say is not asked again: that is how a storm begins.
  const bool same = job.order[job.attempt + 1] == job.order[job.attempt];
  if (same && result != ForwardResult::timeout) return false;
  return job.deadline - reactor_.now() >= options_.attempt_timeout;
}

void Forwarder::end_soon(Jobs::iterator job, std::vector<std::uint8_t> message) {
  if (ended_.empty()) {
    reactor_.defer([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) tell_ended();
    });
  }
  ended_.push_back({std::move(job->second.done), std::move(message)});
  jobs_.erase(job);
}

void Forwarder::tell_ended() {
  const std::weak_ptr<int> alive(alive_);
  for (const Ended& each : std::exchange(ended_, {})) {
    if (!alive.expired()) each.done(each.message);
  }
}

UpstreamChannel* Forwarder::channel_for(std::size_t upstream) {
  auto& channels = upstreams_[upstream]->channels;
  UpstreamChannel* least = nullptr;
  for (const auto& channel : channels) {
    if (channel->sent() >= kQueriesPerChannel && channels.size() < kChannels) continue;
    if (channel->in_flight() == 0) return channel.get();
    if (least == nullptr || channel->in_flight() < least->in_flight()) least = channel.get();
  }
  if (channels.size() >= kChannels) return least != nullptr && least->in_flight() < kSharedBy ? least : nullptr;
  auto channel = std::make_unique<UpstreamChannel>(
      reactor_, upstreams_[upstream]->address, options_.attempt_timeout,
      [this, upstream](UpstreamChannel& progressed) { take_answers(upstream, progressed); });
  if (!channel->usable()) return least;
  channels.push_back(std::move(channel));
  return channels.back().get();
}

void Forwarder::let_go_if_spent(std::size_t upstream, UpstreamChannel& channel) {
  auto& channels = upstreams_[upstream]->channels;
  if (channel.in_flight() > 0 || (channel.sent() < kQueriesPerChannel && channels.size() <= kIdleChannels)) return;
  const auto at =
      std::find_if(channels.begin(), channels.end(), [&](const auto& each) { return each.get() == &channel; });
  if (at == channels.end()) return;
  // It may be the one that is calling us: gone only at the end of the turn.
  reactor_.defer([spent = std::shared_ptr<UpstreamChannel>(std::move(*at))] {});
  channels.erase(at);
}

std::uint16_t Forwarder::random_id() {
  if (ids_left_ == 0) {
    const auto size = static_cast<ssize_t>(sizeof ids_);
    // Never fails for up to 256 bytes once the kernel's pool is ready; our own generator is only for then.
    if (::getrandom(ids_.data(), sizeof ids_, 0) != size) {
      for (auto& id : ids_) id = static_cast<std::uint16_t>(random_());
    }
    ids_left_ = ids_.size();
  }
  return ids_[--ids_left_];
}

}  // namespace naru::dns
