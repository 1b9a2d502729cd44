#include "dns/forwarder.h"

#include <algorithm>
#include <utility>

namespace naru::dns {

struct Forwarder::Job {
  UpstreamQuestion question;
  Done done;
  TimePoint deadline;
  std::vector<std::size_t> order;        // of upstreams
  std::size_t next{0};                   // in the order
  bool hedged{false};                    // once, whichever attempt is slow
  std::vector<std::uint64_t> under_way;  // attempts
  std::vector<std::uint8_t> failure;     // an upstream's own, where none has given an answer: better than nothing
  runtime::Timer timer;                  // until the next one is asked too; then until the deadline

  explicit Job(std::function<void()> on_timer) : timer(std::move(on_timer)) {}
};

namespace {

std::vector<SocketAddress> all_upstreams(const ForwardOptions& options) {
  std::vector<SocketAddress> all = options.upstreams;
  for (const StubZone& zone : options.stub_zones) all.insert(all.end(), zone.upstreams.begin(), zone.upstreams.end());
  return all;
}

}  // namespace

Forwarder::Forwarder(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed)
    : reactor_(reactor),
      options_(options),
      metrics_(metrics),
      random_(seed),
      addresses_(all_upstreams(options)),
      health_(addresses_.size()),
      loops_(options.loops ? options.loops : std::make_shared<LoopWatch>(random_(), addresses_.size())),
      health_timer_([this] { check_health(); }),
      loop_timer_([this] { probe_loops(); }),
      attempts_(reactor, addresses_, options.attempt_timeout, [this](const AttemptEnd& end) { on_end(end); }) {
  groups_.push_back({Name(), 0, options.upstreams.size()});
  for (const StubZone& zone : options.stub_zones) {
    groups_.push_back({zone.apex, groups_.back().first + groups_.back().size, zone.upstreams.size()});
  }
  metrics_.forwarding.upstreams = std::vector<UpstreamMetrics>(addresses_.size());
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    metrics_.forwarding.upstreams[i].to = addresses_[i];
    metrics_.forwarding.upstreams[i].usable.set(1);
  }
  constexpr Duration kOnceWeListen = std::chrono::milliseconds(250);
  if (!addresses_.empty()) reactor_.arm(loop_timer_, kOnceWeListen);
}

Forwarder::~Forwarder() = default;

std::uint64_t Forwarder::ask(std::size_t group, UpstreamQuestion question, Done done) {
  const std::uint64_t id = next_id_++;
  auto job = std::make_unique<Job>([this, id] { on_timer(id); });
  job->question = std::move(question);
  job->done = std::move(done);
  job->deadline = reactor_.now() + options_.total_timeout;
  job->order = order_of(group);
  const Jobs::iterator added = jobs_.emplace(id, std::move(job)).first;
  if (added->second->order.empty()) {
    reactor_.defer([this, id, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) finish(id, {});
    });
    return id;
  }
  start_attempt(id, *added->second);
  return id;
}

std::vector<std::size_t> Forwarder::order_of(std::size_t group) {
  const Group& of = groups_[group];
  const std::span<const UpstreamHealth> health = std::span(health_).subspan(of.first, of.size);
  auto order = attempt_order(health, options_.policy, next_id_, random_);
  for (std::size_t& upstream : order) upstream += of.first;
  std::erase_if(order, [&](std::size_t upstream) { return loops_->loops(upstream); });
  if (order.empty()) return order;
  if (!health_[order.front()].usable) metrics_.forwarding.healthcheck_broken.add();
  // A lost packet is worth a second try also where there is nobody else to ask.
  if (order.size() == 1) order.push_back(order.front());
  return order;
}

void Forwarder::start_attempt(std::uint64_t id, Job& job) {
  const std::size_t upstream = job.order[job.next++];
  const std::uint64_t tag = next_id_++;
  purposes_[tag] = {Purpose::Kind::job, id, {}};
  job.under_way.push_back(tag);
  metrics_.forwarding.upstreams[upstream].requests.add();
  const bool another =
      job.next < job.order.size() && job.order[job.next] != upstream && health_[job.order[job.next]].usable;
  const auto alone =
      another && !job.hedged ? hedge_delay(latencies_.percentile95(), options_.hedge_after) : std::nullopt;
  const Duration left = job.deadline - reactor_.now();
  reactor_.arm(job.timer, alone ? std::min(*alone, left) : left);
  attempts_.start(tag, upstream, job.question);
}

void Forwarder::on_timer(std::uint64_t id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  Job& job = *found->second;
  if (reactor_.now() >= job.deadline) return finish(id, std::move(job.failure));
  if (job.next < job.order.size()) {
    // When many wait already, asking two for each only makes it worse: then the next one is asked instead.
    if (attempts_.in_flight() >= options_.max_in_flight) abandon_attempts(job);
    metrics_.forwarding.hedges.add();
    job.hedged = true;
    return start_attempt(id, job);
  }
  reactor_.arm(job.timer, job.deadline - reactor_.now());
}

void Forwarder::on_end(const AttemptEnd& end) {
  const auto found = purposes_.find(end.tag);
  if (found == purposes_.end()) return;
  const Purpose purpose = found->second;
  purposes_.erase(found);
  count(end, purpose.kind);
  note_health(end.upstream, purpose.kind, end.result);
  if (purpose.kind == Purpose::Kind::loop_probe) on_probe_end(purpose.probe, end.result);
  if (purpose.kind == Purpose::Kind::job) on_job_attempt(purpose.job, end);
}

void Forwarder::on_job_attempt(std::uint64_t id, const AttemptEnd& end) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  Job& job = *found->second;
  std::erase(job.under_way, end.tag);
  if (end.result == ForwardResult::answered) {
    latencies_.add(end.took);
    return finish(id, end.message);
  }
  if (end.result == ForwardResult::server_fail) job.failure = end.message;
  if (!job.under_way.empty()) return;
  if (may_try_again(job, end.result)) return start_attempt(id, job);
  finish(id, std::move(job.failure));
}

bool Forwarder::may_try_again(const Job& job, ForwardResult result) const {
  if (job.next >= job.order.size() || reactor_.now() >= job.deadline) return false;
  // One that has said what it has to say is not asked again: that is how a storm begins.
  const bool same = job.order[job.next] == job.order[job.next - 1];
  return !same || result == ForwardResult::timeout;
}

void Forwarder::finish(std::uint64_t id, std::vector<std::uint8_t> message) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  const std::unique_ptr<Job> job = std::move(found->second);
  jobs_.erase(found);
  leave_attempts(*job, !message.empty());
  job->done(message);
}

void Forwarder::give_up(std::uint64_t id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  abandon_attempts(*found->second);
  jobs_.erase(found);
}

void Forwarder::abandon_attempts(Job& job) {
  for (const std::uint64_t tag : std::exchange(job.under_way, {})) {
    if (const auto upstream = attempts_.upstream_of(tag)) {
      health_[*upstream].was_given_up(reactor_.now(), options_.health_check);
    }
    attempts_.abandon(tag);
    purposes_.erase(tag);
  }
  arm_health_timer();
}

// Each keeps a socket until its time-out: a few are enough to know an upstream by.
void Forwarder::leave_attempts(const Job& job, bool answered) {
  const std::size_t enough = options_.max_in_flight / 4;
  for (const std::uint64_t tag : job.under_way) {
    const auto upstream = attempts_.upstream_of(tag);
    if (upstream && answered) health_[*upstream].was_outrun(reactor_.now(), options_.health_check);
    if (attempts_.in_flight() <= enough) continue;
    attempts_.abandon(tag);
    purposes_.erase(tag);
  }
  if (!job.under_way.empty()) arm_health_timer();
}

void Forwarder::count(const AttemptEnd& end, Purpose::Kind kind) {
  UpstreamMetrics& upstream = metrics_.forwarding.upstreams[end.upstream];
  const bool says = !end.message.empty();
  if (kind == Purpose::Kind::health_check && !says) upstream.healthcheck_failures.add();
  if (kind != Purpose::Kind::job) return;
  metrics_.forward(end.result);
  metrics_.forward_duration.add(static_cast<std::uint64_t>(end.took.count()));
  if (says) upstream.responses[end.message[3] & 15U].add();
}

}  // namespace naru::dns
