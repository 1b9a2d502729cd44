#include "dns/upstream_attempts.h"

#include <sys/random.h>

#include <utility>

#include "dns/message_shape.h"
#include "dns/wire.h"

namespace naru::dns {
namespace {

constexpr std::size_t kQueriesPerChannel = 1024;  // in its life
constexpr std::size_t kByTcpAtOnce = 32;          // each with a channel of its own, 75 KB

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

bool is_cut_off(std::span<const std::uint8_t> message) {
  return message.size() >= kHeaderSize && (get16(message, 2) & kTc) != 0;
}

}  // namespace

UpstreamAttempts::UpstreamAttempts(runtime::Reactor& reactor, std::vector<SocketAddress> upstreams, Duration timeout,
                                   OnEnd on_end)
    : reactor_(reactor),
      upstreams_(std::move(upstreams)),
      timeout_(timeout),
      on_end_(std::move(on_end)),
      udp_(upstreams_.size()) {}

UpstreamAttempts::~UpstreamAttempts() = default;

void UpstreamAttempts::start(std::uint64_t tag, std::size_t upstream, const UpstreamQuestion& question) {
  Attempt& attempt = under_way_[tag];
  attempt.upstream = upstream;
  attempt.question = question;
  attempt.began = reactor_.now();
  send(tag, attempt);
}

void UpstreamAttempts::send(std::uint64_t tag, Attempt& attempt) {
  UpstreamChannel* channel = channel_for(tag, attempt);
  if (channel == nullptr) return;  // its turn comes
  if (!channel->usable()) return end(tag, attempt, ForwardResult::refused, {});
  std::uint64_t case_bits = 0;
  for (int i = 0; i < 4; ++i) case_bits = case_bits << 16 | random16();
  std::uint16_t id = random16();
  while (channel->has(id)) id = random16();
  attempt.sent = upstream_query(attempt.question, id, case_bits, attempt.edns);
  channel->send(tag, attempt.sent);
  take_answers(*channel);
}

void UpstreamAttempts::take_answers(UpstreamChannel& channel) {
  for (const UpstreamAnswer& answer : channel.take_answers()) {
    const auto attempt = under_way_.find(answer.tag);
    if (attempt != under_way_.end()) on_answer(answer.tag, attempt->second, answer);
  }
  if (channel.in_flight() == 0 && !spent_.empty()) tidy_later();
}

void UpstreamAttempts::on_answer(std::uint64_t tag, Attempt& attempt, const UpstreamAnswer& answer) {
  if (answer.status != ARES_SUCCESS) return end(tag, attempt, result_of(answer.status), {});
  if (ask_again(tag, attempt, answer.message)) return;
  end(tag, attempt, result_of(judge(answer.message, attempt.sent), attempt.transport), answer.message);
}

bool UpstreamAttempts::ask_again(std::uint64_t tag, Attempt& attempt, std::span<const std::uint8_t> message) {
  if (attempt.transport == Transport::tcp) return false;
  if (attempt.edns == WithEdns::yes && knows_no_edns(message)) {
    attempt.edns = WithEdns::no;
  } else if (is_cut_off(message) || judge(message, attempt.sent) == UpstreamVerdict::wrong_case) {
    attempt.transport = Transport::tcp;
  } else {
    return false;
  }
  leave_channel(attempt);
  send(tag, attempt);
  return true;
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
  leave_channel(attempt);
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
  leave_channel(attempt->second);
  under_way_.erase(attempt);
}

std::optional<std::size_t> UpstreamAttempts::upstream_of(std::uint64_t tag) const {
  const auto attempt = under_way_.find(tag);
  return attempt == under_way_.end() ? std::nullopt : std::optional(attempt->second.upstream);
}

UpstreamChannel* UpstreamAttempts::channel_for(std::uint64_t tag, Attempt& attempt) {
  if (attempt.transport == Transport::udp) return attempt.shared = &udp_channel(attempt.upstream);
  if (by_tcp_ >= kByTcpAtOnce) {
    waiting_for_tcp_.push_back(tag);
    return nullptr;
  }
  ++by_tcp_;
  attempt.own_tcp = make_channel(attempt.upstream, Transport::tcp);
  return attempt.own_tcp.get();
}

UpstreamChannel& UpstreamAttempts::udp_channel(std::size_t upstream) {
  Channel& channel = udp_[upstream];
  if (channel && channel->usable() && channel->sent() < kQueriesPerChannel) return *channel;
  if (channel) spent_.push_back(std::move(channel));
  channel = make_channel(upstream, Transport::udp);
  tidy_later();
  return *channel;
}

UpstreamAttempts::Channel UpstreamAttempts::make_channel(std::size_t upstream, Transport transport) {
  return std::make_unique<UpstreamChannel>(reactor_, upstreams_[upstream], transport, timeout_,
                                           [this](UpstreamChannel& progressed) { take_answers(progressed); });
}

void UpstreamAttempts::leave_channel(Attempt& attempt) {
  if (UpstreamChannel* shared = std::exchange(attempt.shared, nullptr)) {
    shared->forget(
        get16(std::span(reinterpret_cast<const std::uint8_t*>(attempt.sent.data()), attempt.sent.size()), 0));
  }
  if (!attempt.own_tcp) return;
  // It may be the one that is calling us: gone only at the end of the turn.
  reactor_.defer([spent = std::shared_ptr<UpstreamChannel>(std::move(attempt.own_tcp))] {});
  --by_tcp_;
  tidy_later();
}

/// Lets go the channels that have nothing in flight any more, and those begin who wait for TCP.
void UpstreamAttempts::tidy_later() {
  if (std::exchange(tidying_, true)) return;
  reactor_.defer([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    tidying_ = false;
    std::erase_if(spent_, [](const Channel& channel) { return channel->in_flight() == 0; });
    next_by_tcp();
  });
}

void UpstreamAttempts::next_by_tcp() {
  while (!waiting_for_tcp_.empty() && by_tcp_ < kByTcpAtOnce) {
    const std::uint64_t tag = waiting_for_tcp_.front();
    waiting_for_tcp_.pop_front();
    const auto attempt = under_way_.find(tag);
    if (attempt != under_way_.end()) send(tag, attempt->second);
  }
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
