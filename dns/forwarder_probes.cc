#include <algorithm>

#include "base/log.h"
#include "dns/forwarder.h"

// What a Forwarder asks upstreams for its own sake: whether they are there, and whether they lead back here.
namespace naru::dns {
namespace {

constexpr Type kHinfo{13};

/// The check_at of one whose check is under way: what comes of it sets the next.
constexpr TimePoint kUnderWay{};

bool waits_for_check(const UpstreamHealth& health) {
  return !health.usable && health.check_at != kUnderWay;
}

UpstreamQuestion question_of(const Name& name, Type type) {
  UpstreamQuestion question{name.wire(), kRd, false};
  append16(question.question, static_cast<std::size_t>(type));
  append16(question.question, kClassIn);
  return question;
}

}  // namespace

void Forwarder::note_health(std::size_t upstream, Purpose::Kind kind, ForwardResult result) {
  // There are servers that drop questions of rare types.
  if (kind == Purpose::Kind::loop_probe) return;
  UpstreamHealth& health = health_[upstream];
  // An upstream that says SERVFAIL may mean the name; it is there.
  const bool there = result == ForwardResult::answered || result == ForwardResult::server_fail;
  if (!there) {
    health.failed(reactor_.now(), options_.health_check);
  } else if (kind == Purpose::Kind::health_check) {
    health.answered_check();
  } else {
    health.succeeded();
  }
  arm_health_timer();
}

void Forwarder::arm_health_timer() {
  auto first = TimePoint::max();
  for (std::size_t i = 0; i < health_.size(); ++i) {
    const UpstreamHealth& health = health_[i];
    metrics_.forwarding.upstreams[i].usable.set(health.usable ? 1 : 0);
    if (waits_for_check(health)) first = std::min(first, health.check_at);
  }
  if (first == TimePoint::max()) return health_timer_.disarm();
  // It may be due already: timers fire late, and other events come between.
  reactor_.arm(health_timer_, std::max(Duration::zero(), first - reactor_.now()));
}

void Forwarder::check_health() {
  for (std::size_t i = 0; i < health_.size(); ++i) {
    UpstreamHealth& health = health_[i];
    if (!waits_for_check(health) || health.check_at > reactor_.now()) continue;
    health.check_at = kUnderWay;
    const std::uint64_t tag = next_id_++;
    purposes_[tag] = {Purpose::Kind::health_check, 0, {}};
    attempts_.start(tag, i, question_of(Name(), Type::ns));
  }
  arm_health_timer();
}

void Forwarder::probe_loops() {
  constexpr Duration kLookAgain = std::chrono::seconds(1);
  if (const auto round = loops_->begin_round(reactor_.now())) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      const Group& of = groups_[group];
      for (std::size_t i = of.first; i < of.first + of.size; ++i) {
        const LoopWatch::Probe probe{i, *round};
        const std::uint64_t tag = next_id_++;
        purposes_[tag] = {Purpose::Kind::loop_probe, 0, probe};
        attempts_.start(tag, i, question_of(loops_->name_of(probe, of.apex), kHinfo));
      }
    }
  }
  for (std::size_t i = 0; i < addresses_.size(); ++i) metrics_.forwarding.upstreams[i].loops.set(loops_->loops(i));
  reactor_.arm(loop_timer_, kLookAgain);
}

bool Forwarder::take_probe(std::string_view lower_name) {
  const auto probe = loops_->probe_of(lower_name);
  if (!probe) return false;
  if (loops_->came_back(*probe)) {
    log::error(
        "dns: upstream {} sends our questions back to us (a loop), and is not asked any more until that is over: set "
        "dns.upstreams to servers that do not ask naru",
        addresses_[probe->upstream].to_string());
  }
  return true;
}

void Forwarder::on_probe_end(const LoopWatch::Probe& probe, ForwardResult result) {
  const bool there = result == ForwardResult::answered || result == ForwardResult::server_fail;
  if (there && loops_->answered(probe)) {
    log::info("dns: upstream {} does not lead back to us any more", addresses_[probe.upstream].to_string());
  }
}

}  // namespace naru::dns
