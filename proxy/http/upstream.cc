#include "proxy/http/upstream.h"

#include <algorithm>
#include <utility>

#include "proxy/http/engine.h"

namespace naru::proxy {
namespace {

// A request that may not be repeated must not meet the endpoint's closing of an idle connection.
constexpr Duration kFresh = std::chrono::seconds(1);
// Below this the events of the turn have told of an end already.
constexpr Duration kJustUsed = std::chrono::milliseconds(2);

/// Ends all of `backends`, each of which leaves the list.
void end_all(H1Backends& backends) {
  while (!backends.empty()) backends.front().end();
}

}  // namespace

Upstream::Upstream(UpstreamPort& port, const SocketAddress& address, std::shared_ptr<lb::EndpointState> state)
    : port_(port), address_(address), state_(std::move(state)), timer_([this] { on_timer(); }) {}

Upstream::~Upstream() {
  end_all(idle_);
  end_all(busy_);
}

HttpEngine& Upstream::engine() const {
  return port_.engine();
}

Result<BackendStream*> Upstream::open(Transaction& transaction) {
  if (transaction.backend_version() == http::Version::http2) return h2_.open(transaction);
  H1Backend* backend = take_idle(transaction.head().method);
  if (backend == nullptr) {
    const auto connected = H1Backend::connect(*this);
    if (!connected) return connected.error();
    backend = *connected;
  }
  busy_.push_front(*backend);
  backend->attach(transaction);
  return static_cast<BackendStream*>(backend);
}

/// The one used last: the others may then grow old and go.
H1Backend* Upstream::take_idle(http::Method method) {
  while (!idle_.empty()) {
    H1Backend& backend = idle_.front();
    const Duration idle = engine().context.reactor.now() - backend.idle_since();
    if (idle >= kFresh && !http::is_idempotent(method)) return nullptr;
    if (idle < kJustUsed || backend.still_open()) {
      idle_.pop_front();
      return &backend;
    }
    backend.end();
  }
  return nullptr;
}

void Upstream::put_idle(H1Backend& backend) {
  backend.unlink();
  idle_.push_front(backend);
  if (!timer_.armed()) arm_timer();
}

void Upstream::gone(H1Backend& backend) {
  backend.unlink();
  if (retired_ && unused()) engine().sweep_upstreams();
}

void Upstream::h2_gone() {
  if (retired_ && unused()) engine().sweep_upstreams();
}

void Upstream::retire() {
  if (std::exchange(retired_, true)) return;
  end_all(idle_);
  h2_.retire();
  timer_.disarm();
  if (unused()) engine().sweep_upstreams();
}

/// Those idle the longest are at the back; one that the endpoint allows less time may be anywhere.
void Upstream::on_timer() {
  const TimePoint now = engine().context.reactor.now();
  for (auto at = idle_.begin(); at != idle_.end();) {
    H1Backend& backend = *at++;
    if (backend.idle_until() <= now) backend.end();
  }
  arm_timer();
}

void Upstream::arm_timer() {
  if (idle_.empty()) return;
  TimePoint next = TimePoint::max();
  for (const H1Backend& backend : idle_) next = std::min(next, backend.idle_until());
  engine().context.reactor.arm(timer_, next - engine().context.reactor.now());
}

UpstreamPort::UpstreamPort(HttpEngine& engine, std::shared_ptr<PortEntry> port)
    : engine_(engine), port_(std::move(port)) {
  port_->members.push_back(*this);
}

Upstream& UpstreamPort::upstream(const lb::Endpoint& endpoint) {
  auto& found = upstreams_[endpoint.address];
  // An address that went and came back is another endpoint.
  if (found && &found->state() != endpoint.state.get()) former_.push_back(std::move(found));
  if (!found) {
    found = std::make_unique<Upstream>(*this, endpoint.address, endpoint.state);
    if (!may_keep(endpoint)) found->retire();
  }
  return *found;
}

bool UpstreamPort::may_keep(const lb::Endpoint& endpoint) const {
  return !port_->removed && endpoint.ready && !endpoint.terminating;
}

/// The moment that an endpoint is not to be used any more its idle connections end: it may be about to close them, and
/// a request must not cross that.
void UpstreamPort::on_port_changed() {
  for (auto& [address, upstream] : upstreams_) {
    const lb::Endpoint* endpoint = find_endpoint(*port_, address);
    const bool same = endpoint != nullptr && endpoint->state.get() == &upstream->state();
    same&& may_keep(*endpoint) ? upstream->revive() : upstream->retire();
  }
  if (port_->removed) engine_.sweep_upstreams();
}

bool UpstreamPort::sweep() {
  std::erase_if(upstreams_, [](const auto& entry) { return entry.second->retired() && entry.second->unused(); });
  std::erase_if(former_, [](const auto& upstream) { return upstream->unused(); });
  return port_->removed && upstreams_.empty() && former_.empty();
}

}  // namespace naru::proxy
