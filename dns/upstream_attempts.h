// One question to one upstream: a channel for it, its id, port and case, and whether the answer is to be believed.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "dns/forward_message.h"
#include "dns/metrics.h"
#include "dns/upstream_channel.h"
#include "runtime/reactor.h"

namespace naru::dns {

struct AttemptEnd {
  std::uint64_t tag{};
  std::size_t upstream{};
  ForwardResult result{};
  std::vector<std::uint8_t> message;  // if `result` is answered or server_fail; see tidied()
  Duration took{};
};

/// Keeps a channel for each upstream, and lets another take its place after a while: whatever c-ares holds against a
/// server is forgotten with it.
class UpstreamAttempts {
 public:
  using OnEnd = std::function<void(const AttemptEnd&)>;

  /// `on_end` is called at the end of a turn of the Reactor.
  UpstreamAttempts(runtime::Reactor& reactor, std::vector<SocketAddress> upstreams, Duration timeout, OnEnd on_end);
  ~UpstreamAttempts();
  UpstreamAttempts(const UpstreamAttempts&) = delete;
  UpstreamAttempts& operator=(const UpstreamAttempts&) = delete;

  /// Ends by `on_end`, once, unless it is abandoned. An answer that is cut off is asked for again over TCP; so is one
  /// in another case than the question's, for there nobody can forge it blindly. A server that knows no EDNS is asked
  /// again without.
  void start(std::uint64_t tag, std::size_t upstream, const UpstreamQuestion& question);
  void abandon(std::uint64_t tag);
  /// Nothing: it has ended.
  [[nodiscard]] std::optional<std::size_t> upstream_of(std::uint64_t tag) const;
  [[nodiscard]] std::size_t in_flight() const { return under_way_.size(); }

 private:
  struct Attempt {
    std::size_t upstream{};
    UpstreamQuestion question;
    std::string sent;
    TimePoint began;
    Transport transport{Transport::udp};
    WithEdns edns{WithEdns::yes};
    UpstreamChannel* shared{};                 // its channel, over UDP
    std::unique_ptr<UpstreamChannel> own_tcp;  // its channel, over TCP; null: it waits for its turn
  };
  using Channel = std::unique_ptr<UpstreamChannel>;

  void send(std::uint64_t tag, Attempt& attempt);
  void take_answers(UpstreamChannel& channel);
  void on_answer(std::uint64_t tag, Attempt& attempt, const UpstreamAnswer& answer);
  void end(std::uint64_t tag, Attempt& attempt, ForwardResult result, std::span<const std::uint8_t> message);
  void tell_ended();
  [[nodiscard]] bool ask_again(std::uint64_t tag, Attempt& attempt, std::span<const std::uint8_t> message);
  [[nodiscard]] UpstreamChannel* channel_for(std::uint64_t tag, Attempt& attempt);
  [[nodiscard]] UpstreamChannel& udp_channel(std::size_t upstream);
  [[nodiscard]] Channel make_channel(std::size_t upstream, Transport transport);
  void leave_channel(Attempt& attempt);
  void next_by_tcp();
  void tidy_later();
  [[nodiscard]] std::uint16_t random16();

  runtime::Reactor& reactor_;
  std::vector<SocketAddress> upstreams_;
  Duration timeout_;
  OnEnd on_end_;
  std::vector<Channel> udp_;    // of each upstream
  std::vector<Channel> spent_;  // with queries still in flight, and no new ones
  bool tidying_{false};
  std::size_t by_tcp_{0};
  std::deque<std::uint64_t> waiting_for_tcp_;
  std::unordered_map<std::uint64_t, Attempt> under_way_;
  std::vector<AttemptEnd> ended_;
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what is deferred looks whether we still are
  std::array<std::uint16_t, 128> random_;
  std::size_t random_left_{0};
};

}  // namespace naru::dns
