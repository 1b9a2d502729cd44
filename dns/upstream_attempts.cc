#include "dns/upstream_attempts.h"

#include <sys/random.h>

#include <utility>

#include "dns/message_shape.h"

namespace naru::dns {
namespace {

constexpr std::size_t kQueriesPerChannel = 32;  // in its life
constexpr std::size_t kIdleChannels = 16;       // kept for each upstream: each is some 75 KB

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

ForwardResult result_of(UpstreamVerdict verdict, Transport transport) {
  switch (verdict) {
    case UpstreamVerdict::good:
      return ForwardResult::answered;
    case UpstreamVerdict::server_fail:
      return ForwardResult::server_fail;
    case UpstreamVerdict::wrong_case:
      return transport == Transport::tcp ? ForwardResult::answered : ForwardResult::malformed;
    default:
      return ForwardResult::malformed;
  }
}

/// After an answer without OPT c-ares may have given up EDNS, and takes no more than 512 bytes over UDP.
bool left_clean(const UpstreamAnswer& answer) {
  if (answer.status != ARES_SUCCESS) return false;
  const auto shape = shape_of(answer.message);
  return shape && shape->has_opt;
}

}  // namespace

UpstreamAttempts::UpstreamAttempts(runtime::Reactor& reactor, std::vector<SocketAddress> upstreams, Duration timeout,
                                   OnEnd on_end)
    : reactor_(reactor),
      upstreams_(std::move(upstreams)),
      timeout_(timeout),
      on_end_(std::move(on_end)),
      idle_(upstreams_.size()) {}

UpstreamAttempts::~UpstreamAttempts() = default;

void UpstreamAttempts::start(std::uint64_t tag, std::size_t upstream, const UpstreamQuestion& question) {
  Attempt& attempt = under_way_[tag];
  attempt.upstream = upstream;
  attempt.question = question;
  attempt.began = reactor_.now();
  send(tag, attempt);
}

void UpstreamAttempts::send(std::uint64_t tag, Attempt& attempt) {
  std::uint64_t case_bits = 0;
  for (int i = 0; i < 4; ++i) case_bits = case_bits << 16 | random16();
  attempt.sent = upstream_query(attempt.question, random16(), case_bits);
  attempt.channel = channel_for(attempt);
  if (!attempt.channel->usable()) return end(tag, attempt, ForwardResult::refused, {});
  attempt.channel->send(tag, attempt.sent);
  take_answers(*attempt.channel);
}

void UpstreamAttempts::take_answers(UpstreamChannel& channel) {
  for (const UpstreamAnswer& answer : channel.take_answers()) {
    const auto attempt = under_way_.find(answer.tag);
    if (attempt != under_way_.end()) on_answer(answer.tag, attempt->second, answer);
  }
}

void UpstreamAttempts::on_answer(std::uint64_t tag, Attempt& attempt, const UpstreamAnswer& answer) {
  const bool clean = attempt.transport == Transport::udp && left_clean(answer);
  give_back(attempt.upstream, std::move(attempt.channel), clean);
  if (answer.status != ARES_SUCCESS) return end(tag, attempt, result_of(answer.status), {});
  const UpstreamVerdict verdict = judge(answer.message, attempt.sent);
  if (verdict == UpstreamVerdict::wrong_case && attempt.transport == Transport::udp) {
    attempt.transport = Transport::tcp;
    return send(tag, attempt);
  }
  end(tag, attempt, result_of(verdict, attempt.transport), answer.message);
}

void UpstreamAttempts::end(std::uint64_t tag, Attempt& attempt, ForwardResult result,
                           std::span<const std::uint8_t> message) {
  if (ended_.empty()) {
    reactor_.defer([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) tell_ended();
    });
  }
  AttemptEnd end{tag, attempt.upstream, result, {}, Clock::now() - attempt.began};
  const bool says = result == ForwardResult::answered || result == ForwardResult::server_fail;
  if (says) end.message = tidied(message, attempt.question);
  ended_.push_back(std::move(end));
  if (attempt.channel) give_back(attempt.upstream, std::move(attempt.channel), false);
  under_way_.erase(tag);
}

void UpstreamAttempts::tell_ended() {
  const std::weak_ptr<int> alive(alive_);
  for (const AttemptEnd& each : std::exchange(ended_, {})) {
    if (!alive.expired()) on_end_(each);
  }
}

void UpstreamAttempts::abandon(std::uint64_t tag) {
  const auto attempt = under_way_.find(tag);
  if (attempt == under_way_.end()) return;
  give_back(attempt->second.upstream, std::move(attempt->second.channel), false);
  under_way_.erase(attempt);
}

std::optional<std::size_t> UpstreamAttempts::upstream_of(std::uint64_t tag) const {
  const auto attempt = under_way_.find(tag);
  return attempt == under_way_.end() ? std::nullopt : std::optional(attempt->second.upstream);
}

std::unique_ptr<UpstreamChannel> UpstreamAttempts::channel_for(const Attempt& attempt) {
  Channels& idle = idle_[attempt.upstream];
  if (attempt.transport == Transport::udp && !idle.empty()) {
    auto channel = std::move(idle.back());
    idle.pop_back();
    return channel;
  }
  return std::make_unique<UpstreamChannel>(reactor_, upstreams_[attempt.upstream], attempt.transport, timeout_,
                                           [this](UpstreamChannel& progressed) { take_answers(progressed); });
}

void UpstreamAttempts::give_back(std::size_t upstream, std::unique_ptr<UpstreamChannel> channel, bool clean) {
  Channels& idle = idle_[upstream];
  if (clean && channel->sent() < kQueriesPerChannel && idle.size() < kIdleChannels) {
    idle.push_back(std::move(channel));
    return;
  }
  // It may be the one that is calling us: gone only at the end of the turn.
  reactor_.defer([spent = std::shared_ptr<UpstreamChannel>(std::move(channel))] {});
}

std::uint16_t UpstreamAttempts::random16() {
  if (random_left_ == 0) {
    // Never fails for up to 256 bytes once the kernel's pool is ready, which it is long before there is a network.
    static_cast<void>(::getrandom(random_.data(), sizeof random_, 0));
    random_left_ = random_.size();
  }
  return random_[--random_left_];
}

}  // namespace naru::dns
