#include "proxy/udp_listener.h"

#include <cerrno>
#include <random>
#include <unordered_map>

#include "proxy/udp_flow.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

constexpr int kSocketBuffer = 4 << 20;  // or bursts are lost
/// Batches of datagrams read from one frontend before the others have their turn.
constexpr int kBatchesPerTurn = 8;
constexpr int kBatchesAtClose = 256;

/// Seeded, so that a client cannot choose ports that fall into one bucket.
struct ClientHash {
  std::uint64_t seed;
  std::size_t operator()(const SocketAddress& client) const { return combine(seed, hash_value(client)); }
};

std::uint64_t new_seed() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

class UdpListener final : public Listener, public runtime::EventHandler, public UdpFrontend {
 public:
  UdpListener(WorkerContext& shared, const Binding& its_binding, runtime::UniqueFd fd)
      : UdpFrontend(shared, its_binding), fd_(std::move(fd)), flows_(16, ClientHash{new_seed()}) {
    note_binding();
  }
  ~UdpListener() override;

  [[nodiscard]] bool watch() { return context.reactor.add(fd_.get(), EPOLLIN, *this); }

  void on_ready(std::uint32_t) noexcept override;
  void on_binding_changed() override;
  void accept_queued() override { (void)read(kBatchesAtClose); }
  void drain() override;
  void hand_over() override;
  [[nodiscard]] int socket() const override { return fd_.get(); }
  void append_flows(std::vector<KnownFlow>& flows) const override;
  [[nodiscard]] std::size_t connection_count() const override { return flows_.size() - late_flows_; }
  void append_records(std::vector<ConnectionRecord>& records) const override;

  [[nodiscard]] int reply_socket() const override { return fd_.get(); }
  void on_reply_dropped() override { on_dropped(1); }
  void end(UdpFlow& flow, Outcome outcome) override;
  void on_dropped(std::size_t count) override { state().datagrams_dropped.add(static_cast<std::int64_t>(count)); }
  void flush_later() override;

 private:
  struct Held {
    std::unique_ptr<UdpFlow> flow;
    bool late{};  // came while draining
  };

  [[nodiscard]] bool read(int max_batches);
  void dispatch(std::size_t count);
  void deliver(const SocketAddress& client, std::span<mmsghdr> datagrams);
  [[nodiscard]] UdpFlow* flow_of(const SocketAddress& client);
  [[nodiscard]] UdpFlow* new_flow(const SocketAddress& client);
  void note_binding();
  [[nodiscard]] ServicePortState& state() const { return *binding.port->port().state; }
  [[nodiscard]] Outcome outcome_at_close() const;

  runtime::UniqueFd fd_;
  std::unordered_map<SocketAddress, Held, ClientHash> flows_;
  std::size_t late_flows_{0};
  Duration idle_timeout_{};  // that the flows' timers were armed with
};

UdpListener::~UdpListener() {
  context.udp_flows->replies.flush();
  context.reactor.remove(fd_.get(), *this);
  const Outcome outcome = outcome_at_close();
  while (!flows_.empty()) end(*flows_.begin()->second.flow, outcome);
}

Outcome UdpListener::outcome_at_close() const {
  if (draining) return Outcome::shutdown;
  return binding.port->port().usable(binding.frontend.policy).empty() ? Outcome::no_endpoint : Outcome::closed;
}

void UdpListener::on_ready(std::uint32_t) noexcept {
  // What is left is for the next turn, after the others; epoll reports it again.
  if (read(kBatchesPerTurn)) (void)context.reactor.modify(fd_.get(), EPOLLIN, *this);
}

/// True if there may be more.
bool UdpListener::read(int max_batches) {
  for (int batch = 0; batch < max_batches; ++batch) {
    const int count = context.udp_flows->inbox.receive(fd_.get());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    dispatch(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < DatagramBuffers::kCount) return false;
  }
  return true;
}

/// Hands each client's datagrams that follow one another to its flow at once.
void UdpListener::dispatch(std::size_t count) {
  UdpInbox& inbox = context.udp_flows->inbox;
  SocketAddress client = inbox.source(0);
  for (std::size_t first = 0; first < count;) {
    std::size_t last = first + 1;
    SocketAddress next;
    while (last < count && (next = inbox.source(last)) == client) ++last;
    deliver(client, inbox.datagrams(first, last));
    first = last;
    client = next;
  }
}

void UdpListener::deliver(const SocketAddress& client, std::span<mmsghdr> datagrams) {
  const bool welcome = client.port != Port() && binding.admits(client.ip);  // to port 0 nobody can answer
  UdpFlow* flow = welcome ? flow_of(client) : nullptr;
  if (flow != nullptr) return flow->forward(datagrams);
  on_dropped(datagrams.size());
}

UdpFlow* UdpListener::flow_of(const SocketAddress& client) {
  const auto found = flows_.find(client);
  if (found == flows_.end()) return new_flow(client);
  UdpFlow& flow = *found->second.flow;
  if (flow.port() == binding.port) return &flow;
  end(flow, Outcome::closed);  // the frontend is another Service port's now
  return new_flow(client);
}

UdpFlow* UdpListener::new_flow(const SocketAddress& client) {
  const auto& most = binding.port->port().settings.max_connections;
  if (most && state().active.value() >= *most) {
    state().outcomes[static_cast<std::size_t>(Outcome::limit)].add();
    return nullptr;
  }
  context.udp_flows->make_room(client.ip);
  auto flow = std::make_unique<UdpFlow>(*this, client);
  state().active.add();
  if (draining) ++late_flows_;
  return flows_.emplace(client, Held{std::move(flow), draining}).first->second.flow.get();
}

void UdpListener::end(UdpFlow& flow, Outcome outcome) {
  const auto found = flows_.find(flow.client());
  ConnectionRecord record = flow.record();
  record.outcome = outcome;
  flow.close();
  context.udp_flows->remove(flow);
  ServicePortState& counters = *flow.port()->port().state;
  counters.active.sub();
  counters.outcomes[static_cast<std::size_t>(outcome)].add();
  counters.bytes_received.add(static_cast<std::int64_t>(record.bytes_received));
  counters.bytes_sent.add(static_cast<std::int64_t>(record.bytes_sent));
  if (found->second.late) --late_flows_;
  context.reactor.retire(std::move(found->second.flow));  // it may be what calls
  flows_.erase(found);
  if (context.reports.on_connection_ended) context.reports.on_connection_ended(record);
  if (context.on_gone) context.on_gone();
}

void UdpListener::flush_later() {
  UdpFlows& flows = *context.udp_flows;
  if (flows.flush_planned) return;
  flows.flush_planned = true;
  context.reactor.defer([keep = context.udp_flows] {
    keep->flush_planned = false;
    keep->replies.flush();
  });
}

void UdpListener::note_binding() {
  ++version;
  idle_timeout_ = binding.port->port().settings.udp_idle_timeout;
}

void UdpListener::on_binding_changed() {
  const Duration before = idle_timeout_;
  note_binding();
  if (idle_timeout_ == before) return;
  for (auto& [client, held] : flows_) held.flow->arm_idle_timer();
}

// The socket stays open until the flows from before are quiet, as they have no other. Meanwhile the kernel gives it new
// clients' datagrams too, if it is one of several that share the address: serving those is better than to lose them,
// but nobody waits for their flows.
void UdpListener::drain() {
  accept_queued();
  draining = true;
  for (auto& [client, held] : flows_) held.flow->arm_idle_timer();
}

// The socket stays open for the answers that are under way.
void UdpListener::hand_over() {
  (void)context.reactor.modify(fd_.get(), 0, *this);
  draining = true;
  for (auto& [client, held] : flows_) held.flow->arm_idle_timer();
}

void UdpListener::append_flows(std::vector<KnownFlow>& flows) const {
  for (const auto& [client, held] : flows_) {
    if (held.flow->connected()) flows.push_back({binding.key, client, held.flow->endpoint()});
  }
}

void UdpListener::append_records(std::vector<ConnectionRecord>& records) const {
  for (const auto& [client, held] : flows_) records.push_back(held.flow->record());
}

}  // namespace

Result<std::unique_ptr<Listener>> open_udp_listener(WorkerContext& context, const Binding& binding,
                                                    const SocketAddress& address) {
  runtime::UniqueFd fd = context.inherited.listener(binding.key);
  if (!fd) {
    // What stands for an intercepted address is made this host's with the rules, which may come later.
    const auto presence = address == binding.key.address ? runtime::Presence::required : runtime::Presence::later;
    auto opened = runtime::bind_udp(address, kSocketBuffer, presence);
    if (!opened) return opened.error();
    fd = std::move(*opened);
  }
  if (!context.udp_flows) context.udp_flows = std::make_shared<UdpFlows>(UdpLimits::of_this_process());
  auto listener = std::make_unique<UdpListener>(context, binding, std::move(fd));
  if (!listener->watch()) {
    return Error{Errc::exhausted, "cannot listen on UDP " + address.to_string() + ": epoll has no room"};
  }
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace naru::proxy
