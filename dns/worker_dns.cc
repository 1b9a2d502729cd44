#include "dns/worker_dns.h"

#include <fcntl.h>
#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "dns/serving.h"
#include "dns/tcp_server.h"
#include "dns/udp_server.h"
#include "runtime/socket.h"

namespace naru::dns {
namespace {

std::uint64_t kernel_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    seed = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  }
  return seed;
}

constexpr Duration kLookAgain = std::chrono::milliseconds(10);  // whether all is drained
/// How long held sockets may wait for the first load. Clients ask again after 5 s, as a rule.
constexpr Duration kHeldPatience = std::chrono::seconds(2);

}  // namespace

class WorkerDns::Impl {
 public:
  Impl(runtime::Reactor& reactor, WorkerOptions options, Reports reports)
      : reactor_(reactor),
        options_(std::move(options)),
        reports_(std::move(reports)),
        serving_(reactor, options_, kernel_seed()),
        connections_(serving_, options_.tcp),
        held_timer_([this] { open_held(); }),
        drain_timer_([this] { look_whether_drained(); }) {
    for (const SocketAddress& address : options_.listen) listeners_.push_back({address, address, nullptr, nullptr});
    // Beside somebody who knows the names we would take a share of the queries, and could say SERVFAIL only.
    for (Listener& listener : listeners_) {
      if (!is_held(listener.wanted) && !runtime::is_taken(listener.wanted)) open(listener);
    }
    if (!options_.held.empty()) reactor_.arm(held_timer_, kHeldPatience);
  }

  void apply(std::uint64_t generation, Zone zone) {
    serving_.apply(generation, std::move(zone));
    if (std::exchange(applied_, true)) return;
    for (Listener& listener : listeners_) open(listener);
    open_held();
  }

  void look_up(std::span<const std::uint8_t> query, Serving::OnReply on_reply) {
    serving_.look_up(query, std::move(on_reply));
  }

  void set_cookie_secrets(const CookieSecrets& secrets) { serving_.set_cookie_secrets(secrets); }

  void retry_failed() {
    if (on_drained_ || !applied_) return;
    for (Listener& listener : listeners_) open(listener);
  }

  void drain(std::function<void()> on_drained) {
    on_drained_ = std::move(on_drained);
    held_timer_.disarm();
    for (const auto& udp : held_udp_) udp->stop_receiving();
    for (const auto& tcp : held_tcp_) tcp->stop_accepting();
    for (Listener& listener : listeners_) {
      if (listener.udp) listener.udp->stop_receiving();
      if (listener.tcp) listener.tcp->stop_accepting();
    }
    // What a connection accepted just now has sent is read in this turn or the next.
    reactor_.arm(drain_timer_, kLookAgain);
  }

  void hand_over(std::function<void()> on_drained) {
    for (const auto& udp : held_udp_) udp->leave_to_another();
    for (Listener& listener : listeners_) {
      if (listener.udp) listener.udp->leave_to_another();
    }
    drain(std::move(on_drained));
  }

  [[nodiscard]] std::vector<SharedSocket> share() const {
    std::vector<SharedSocket> shared;
    const auto add = [&](const auto& server, Transport transport, bool held) {
      runtime::UniqueFd copy(::fcntl(server->socket(), F_DUPFD_CLOEXEC, 0));
      if (copy) shared.push_back({{server->address(), transport}, std::move(copy), held});
    };
    for (const Listener& listener : listeners_) {
      if (listener.udp) add(listener.udp, Transport::udp, false);
      if (listener.tcp) add(listener.tcp, Transport::tcp, false);
    }
    for (const auto& udp : held_udp_) add(udp, Transport::udp, !udp->alone());
    for (const auto& tcp : held_tcp_) add(tcp, Transport::tcp, true);
    return shared;
  }

  [[nodiscard]] std::vector<ListenKey> listeners() const {
    std::vector<ListenKey> open;
    for (const Listener& listener : listeners_) {
      if (listener.udp) open.push_back({listener.udp->address(), Transport::udp});
      if (listener.tcp) open.push_back({listener.tcp->address(), Transport::tcp});
    }
    for (const auto& udp : held_udp_) open.push_back({udp->address(), Transport::udp});
    for (const auto& tcp : held_tcp_) open.push_back({tcp->address(), Transport::tcp});
    return open;
  }

  [[nodiscard]] std::size_t tcp_connections() const { return connections_.size(); }
  [[nodiscard]] const Metrics& metrics() { return serving_.metrics(); }

 private:
  struct Listener {
    SocketAddress wanted;
    SocketAddress address;  // with the port that UDP got, for TCP to have the same
    std::unique_ptr<UdpServer> udp;
    std::unique_ptr<TcpServer> tcp;
  };

  [[nodiscard]] bool is_held(const ListenKey& key) const {
    return std::ranges::find(options_.held, key, &HeldSockets::key) != options_.held.end();
  }
  [[nodiscard]] bool is_held(const SocketAddress& address) const {
    return is_held({address, Transport::udp}) || is_held({address, Transport::tcp});
  }

  void open(Listener& listener) {
    if (!listener.udp && !is_held({listener.wanted, Transport::udp})) {
      auto udp = UdpServer::listen(listener.wanted, serving_, batch_);
      report({listener.wanted, Transport::udp}, udp);
      if (udp) listener.udp = std::move(*udp);
      if (listener.udp) listener.address = listener.udp->address();
    }
    if (!listener.tcp && !is_held({listener.wanted, Transport::tcp})) {
      auto tcp = TcpServer::listen(listener.address, serving_, connections_);
      report({listener.wanted, Transport::tcp}, tcp);
      if (tcp) listener.tcp = std::move(*tcp);
    }
  }

  void open_held() {
    held_timer_.disarm();
    if (std::exchange(held_open_, true)) return;
    for (const HeldSockets& held : options_.held) {
      for (const int fd : held.fds) {
        if (held.key.transport == Transport::udp) {
          take(held.key, UdpServer::serve_held(fd, held.key.address, serving_, batch_), held_udp_);
          if (!held.kept_elsewhere && !held_udp_.empty()) held_udp_.back()->be_alone();
        } else {
          take(held.key, TcpServer::serve_held(fd, held.key.address, serving_, connections_), held_tcp_);
        }
      }
    }
  }

  template <class Server>
  void take(const ListenKey& key, Result<std::unique_ptr<Server>> server,
            std::vector<std::unique_ptr<Server>>& servers) {
    report(key, server);
    if (server) servers.push_back(std::move(*server));
  }

  template <class T>
  void report(const ListenKey& key, const Result<T>& result) {
    const bool failed_before = std::find(failed_.begin(), failed_.end(), key) != failed_.end();
    std::erase(failed_, key);
    if (!result) failed_.push_back(key);
    if (reports_.on_listen_result && !(failed_before && !result)) {
      reports_.on_listen_result(key, result ? std::nullopt : std::optional<Error>(result.error()));
    }
  }

  void look_whether_drained() {
    connections_.finish_all();
    if (connections_.size() > 0 || serving_.forwarding() > 0) return reactor_.arm(drain_timer_, kLookAgain);
    listeners_.clear();
    held_udp_.clear();
    held_tcp_.clear();
    // The caller may destroy us.
    const auto on_drained = std::move(on_drained_);
    if (on_drained) on_drained();
  }

  runtime::Reactor& reactor_;
  WorkerOptions options_;
  Reports reports_;
  Serving serving_;
  UdpBatch batch_;
  TcpConnections connections_;
  std::vector<Listener> listeners_;  // our own sockets
  std::vector<std::unique_ptr<UdpServer>> held_udp_;
  std::vector<std::unique_ptr<TcpServer>> held_tcp_;
  std::vector<ListenKey> failed_;
  bool applied_{false};
  bool held_open_{false};
  std::function<void()> on_drained_;
  runtime::Timer held_timer_;
  runtime::Timer drain_timer_;
};

WorkerDns::WorkerDns(runtime::Reactor& reactor, WorkerOptions options, Reports reports)
    : impl_(std::make_unique<Impl>(reactor, std::move(options), std::move(reports))) {}
WorkerDns::~WorkerDns() = default;

void WorkerDns::apply(std::uint64_t generation, Zone zone) {
  impl_->apply(generation, std::move(zone));
}
void WorkerDns::look_up(std::span<const std::uint8_t> query,
                        std::function<void(std::span<const std::uint8_t> reply)> on_reply) {
  impl_->look_up(query, std::move(on_reply));
}
void WorkerDns::set_cookie_secrets(const CookieSecrets& secrets) {
  impl_->set_cookie_secrets(secrets);
}
void WorkerDns::retry_failed() {
  impl_->retry_failed();
}
std::vector<SharedSocket> WorkerDns::share() const {
  return impl_->share();
}
void WorkerDns::hand_over(std::function<void()> on_drained) {
  impl_->hand_over(std::move(on_drained));
}
void WorkerDns::drain(std::function<void()> on_drained) {
  impl_->drain(std::move(on_drained));
}
std::vector<ListenKey> WorkerDns::listeners() const {
  return impl_->listeners();
}
std::size_t WorkerDns::tcp_connections() const {
  return impl_->tcp_connections();
}
const Metrics& WorkerDns::metrics() const {
  return impl_->metrics();
}

}  // namespace naru::dns
