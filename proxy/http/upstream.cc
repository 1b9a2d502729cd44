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

Upstream::Upstream(UpstreamPort& port, const UpstreamKey& key, std::shared_ptr<lb::EndpointState> state)
    : port_(port), key_(key), state_(std::move(state)), timer_([this] { on_timer(); }) {}

Upstream::~Upstream() {
  end_all(idle_);
  end_all(busy_);
}

HttpEngine& Upstream::engine() const {
  return port_.engine();
}

/// From any of the client's ports: its own may be in use for a request already, and for the next one is a connection
/// of another port as good.
Result<UpstreamSocket> Upstream::connect() {
  const auto client = key_.client ? std::optional(SocketAddress{*key_.client, Port()}) : std::nullopt;
  return connect_tcp(engine().context, port_.port(), key_.address, client);
}

Result<BackendStream*> Upstream::open(Transaction& transaction) {
  auto stream = open_stream(transaction);
  if (!stream) let_go_if_unused();
  return stream;
}

Result<BackendStream*> Upstream::open_stream(Transaction& transaction) {
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
  let_go_if_unused();
}

void Upstream::h2_gone() {
  let_go_if_unused();
}

void Upstream::let_go_if_unused() {
  if (!unused()) return;
  if (retired_) return engine().sweep_upstreams();
  if (key_.client) engine().forget_upstream(port_.port().id, key_);
}

void Upstream::retire() {
  if (std::exchange(retired_, true)) return;
  end_all(idle_);
  h2_.retire();
  timer_.disarm();
  let_go_if_unused();
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

Upstream& UpstreamPort::upstream(const lb::Endpoint& endpoint, const std::optional<IpAddress>& client) {
  const UpstreamKey key{endpoint.address, client};
  auto& found = upstreams_[key];
  // An address that went and came back is another endpoint.
  if (found && &found->state() != endpoint.state.get()) former_.push_back(std::move(found));
  if (!found) {
    found = std::make_unique<Upstream>(*this, key, endpoint.state);
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
  for (auto& [key, upstream] : upstreams_) {
    const lb::Endpoint* endpoint = find_endpoint(*port_, key.address);
    const bool same = endpoint != nullptr && endpoint->state.get() == &upstream->state();
    same&& may_keep(*endpoint) ? upstream->revive() : upstream->retire();
  }
  if (port_->removed) engine_.sweep_upstreams();
}

void UpstreamPort::forget_unused(const UpstreamKey& key) {
  const auto found = upstreams_.find(key);
  if (found != upstreams_.end() && found->second->unused()) upstreams_.erase(found);
}

bool UpstreamPort::sweep() {
  std::erase_if(upstreams_, [](const auto& entry) {
    const auto& [key, upstream] = entry;
    return (upstream->retired() || key.client) && upstream->unused();
  });
  std::erase_if(former_, [](const auto& upstream) { return upstream->unused(); });
  return port_->removed && upstreams_.empty() && former_.empty();
}

}  // namespace naru::proxy
