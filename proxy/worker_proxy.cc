#include "proxy/worker_proxy.h"

#include <csignal>
#include <utility>

#include "proxy/acceptor.h"
#include "proxy/frontends.h"
#include "proxy/http/engine.h"
#include "proxy/interceptor.h"
#include "proxy/tcp_listener.h"
#include "proxy/udp_listener.h"

namespace naru::proxy {
namespace {

// A client that is quiet for longer begins anew.
constexpr Duration kFlowMemory = std::chrono::minutes(2);

}  // namespace

class WorkerProxy::Impl {
 public:
  Impl(runtime::Reactor& reactor, unsigned worker_index, Reports reports, std::size_t max_connections,
       std::shared_ptr<const Interception> interception)
      : context_{reactor,         worker_index,         std::move(reports), Random(seed(worker_index)),
                 max_connections, [this] { on_gone(); }},
        engine_(context_),
        http_(engine_),
        accept_([this](const Binding& binding, runtime::UniqueFd client, const SocketAddress& address) {
          if (full()) return refuse(binding, std::move(client));
          http_.accept(binding, std::move(client), address);
        }),
        interception_(std::move(interception)),
        frontends_(context_.reports, [this](const Binding& binding) { return open(binding); }),
        inherited_flows_timer_([this] { context_.inherited.forget_flows(); }) {
    if (interception_) interceptor_.emplace(engine_, *interception_, accept_);
  }

  ~Impl() {
    context_.on_gone = nullptr;  // nobody is left to be told that it drained
    frontends_.close_all();
    abort_connections();
  }

  void apply(const Table& next) {
    if (next.generation < table_.generation) return;
    const Table before = std::exchange(table_, next);
    if (table_.origins) context_.origins = table_.origins;
    context_.transparent = table_.transparent;
    frontends_.follow(before, table_);
    // With the frontends in place: until then there would be nothing to serve with.
    if (interceptor_ && !draining_) interceptor_->listen();
    context_.inherited.forget_listeners();
  }

  void inherit(Legacy legacy) {
    context_.inherited.take(std::move(legacy));
    context_.reactor.arm(inherited_flows_timer_, kFlowMemory);
  }

  [[nodiscard]] Legacy share() const {
    Legacy legacy;
    frontends_.append_shared(legacy);
    if (interceptor_) interceptor_->append_shared(legacy);
    return legacy;
  }

  void hand_over(std::function<void()> on_drained) {
    draining_ = true;
    on_drained_ = std::move(on_drained);
    if (interceptor_) interceptor_->close();
    frontends_.hand_over();
    http_.drain();
    on_gone();
  }

  void learn_affinity(const LearnedAffinity& learned) {
    PortEntry* port = frontends_.find_port(learned.service_port);
    if (port != nullptr) port->affinity.learn({learned.client, learned.address}, learned.endpoint, learned.at);
  }

  void drain(std::function<void()> on_drained) {
    draining_ = true;
    on_drained_ = std::move(on_drained);
    if (interceptor_) interceptor_->take_queued();
    if (interceptor_) interceptor_->close();
    frontends_.drain();
    http_.drain();
    on_gone();
  }

  void abort() {
    draining_ = true;
    if (interceptor_) interceptor_->close();
    frontends_.close_all();
    abort_connections();
    on_gone();
  }

  [[nodiscard]] std::vector<ConnectionRecord> connections() const {
    std::vector<ConnectionRecord> records;
    engine_.append_records(records);
    http_.append_records(records);
    frontends_.append_records(records);
    return records;
  }

  [[nodiscard]] std::size_t connection_count() const {
    return engine_.count + http_.count + frontends_.connection_count();
  }
  [[nodiscard]] std::vector<FrontendKey> listeners() const { return frontends_.open_keys(); }
  void retry_failed() {
    if (draining_) return;
    frontends_.retry_failed();
    if (interceptor_) interceptor_->listen();
  }

 private:
  static std::uint64_t seed(unsigned worker_index) {
    return combine(static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()), worker_index);
  }

  [[nodiscard]] bool full() const {
    return context_.max_connections != 0 && engine_.count + http_.count >= context_.max_connections;
  }

  static void refuse(const Binding& binding, runtime::UniqueFd client) {
    binding.port->port().state->outcomes[static_cast<std::size_t>(Outcome::limit)].add();
    reset(std::move(client));
  }

  void abort_connections() {
    http_.abort_all();
    engine_.abort_all();
  }

  Result<std::unique_ptr<Listener>> open(const Binding& binding) {
    const bool elsewhere = binding.key.protocol != Protocol::sctp && interceptor_ && interceptor_->covers(binding.key);
    if (elsewhere) return interceptor_->open(binding);
    switch (binding.key.protocol) {
      case Protocol::tcp:
        return open_tcp_listener(engine_, binding, accept_);
      case Protocol::udp:
        return open_udp_listener(context_, binding, binding.key.address);
      case Protocol::sctp:
        break;
    }
    return Error{Errc::unavailable, "SCTP is not served by this proxy: use TCP or UDP"};
  }

  /// A connection or flow is gone, or drain() has just begun. What ends in a turn is looked at once, at the end of it:
  /// with the one that told already out of every list.
  void on_gone() {
    if (!draining_ || std::exchange(looking_, true)) return;
    context_.reactor.defer([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) look_whether_drained();
    });
  }

  void look_whether_drained() {
    looking_ = false;
    frontends_.sweep();
    if (connection_count() == 0 && on_drained_) std::exchange(on_drained_, nullptr)();
  }

  WorkerContext context_;
  TcpEngine engine_;
  HttpEngine http_;
  AcceptHandler accept_;
  Table table_;
  std::shared_ptr<const Interception> interception_;
  std::optional<Interceptor> interceptor_;
  Frontends frontends_;  // after what its listeners use
  runtime::Timer inherited_flows_timer_;
  bool draining_{false};
  bool looking_{false};
  std::function<void()> on_drained_;
  std::shared_ptr<int> alive_{std::make_shared<int>()};  // for deferred tasks: gone with this object
};

WorkerProxy::WorkerProxy(runtime::Reactor& reactor, unsigned worker_index, Reports reports, std::size_t max_connections,
                         std::shared_ptr<const Interception> interception)
    : impl_(std::make_unique<Impl>(reactor, worker_index, std::move(reports), max_connections,
                                   std::move(interception))) {
  // splice(2) to a closed connection has no MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
}

WorkerProxy::~WorkerProxy() = default;

void WorkerProxy::apply(const Table& next) {
  impl_->apply(next);
}
void WorkerProxy::retry_failed() {
  impl_->retry_failed();
}
void WorkerProxy::learn_affinity(const LearnedAffinity& learned) {
  impl_->learn_affinity(learned);
}
void WorkerProxy::inherit(Legacy legacy) {
  impl_->inherit(std::move(legacy));
}
Legacy WorkerProxy::share() const {
  return impl_->share();
}
void WorkerProxy::hand_over(std::function<void()> on_drained) {
  impl_->hand_over(std::move(on_drained));
}
void WorkerProxy::drain(std::function<void()> on_drained) {
  impl_->drain(std::move(on_drained));
}
void WorkerProxy::abort() {
  impl_->abort();
}
std::vector<ConnectionRecord> WorkerProxy::connections() const {
  return impl_->connections();
}
std::size_t WorkerProxy::connection_count() const {
  return impl_->connection_count();
}
std::vector<FrontendKey> WorkerProxy::listeners() const {
  return impl_->listeners();
}

}  // namespace naru::proxy
