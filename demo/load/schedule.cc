#include "demo/load/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace naru::demo {
namespace {

using Clock = std::chrono::steady_clock;

/// Bodies of several sizes: none, a few bytes, and as many as wanted.
std::size_t size_of(std::uint64_t number, std::size_t most) {
  const std::array<std::size_t, 4> sizes{most, most / 10, most, std::min<std::size_t>(most, 1)};
  return sizes[number % sizes.size()];
}

}  // namespace

Schedule::Schedule(boost::asio::io_context& io, Plan plan, Client& client, Recorder& recorder)
    : plan_(std::move(plan)), client_(client), recorder_(recorder), timer_(io) {}

void Schedule::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  began_ = Clock::now();
  tick();
}

void Schedule::stop() {
  stopped_ = true;
  timer_.cancel();
  end_if_done();
}

void Schedule::tick() {
  for (;;) {
    const auto since = std::chrono::duration<double>(static_cast<double>(sent_) / plan_.rate);
    const auto due = began_ + std::chrono::duration_cast<Clock::duration>(since);
    if (due >= began_ + plan_.run) return stop();
    if (due > Clock::now()) {
      timer_.expires_at(due);
      break;
    }
    send(due);
  }
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !stopped_) tick();
  });
}

void Schedule::send(Clock::time_point due) {
  auto target = plan_.target;
  target.posting = plan_.post_every != 0 && sent_ % plan_.post_every == 0;
  auto done = [this, due](const Exchange& exchange, Outcome outcome) { finished(exchange, outcome, due); };
  const auto id = fmt::format("{}-{}", plan_.name, sent_);
  const auto size = size_of(sent_, plan_.size);
  ++sent_;
  late_ = std::max(late_, Clock::now() - due);
  client_.send(std::make_shared<Exchange>(id, target, size, std::move(done)));
}

void Schedule::finished(const Exchange& exchange, Outcome outcome, Clock::time_point due) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - due);
  recorder_.record(exchange, outcome, std::chrono::system_clock::now() - took, took);
  ++known_;
  end_if_done();
}

void Schedule::end_if_done() {
  if (stopped_ && known_ == sent_ && on_end_) std::exchange(on_end_, nullptr)();
}

}  // namespace naru::demo
