// One TCP connection through naru: a client, an endpoint found for it, and the bytes between.
#pragma once

#include <vector>

#include "proxy/channel.h"
#include "proxy/listener.h"
#include "proxy/peer_watch.h"

namespace naru::proxy {

class TcpSession;
struct TcpSessionTag;
using TcpSessionHook = boost::intrusive::list_base_hook<boost::intrusive::tag<TcpSessionTag>,
                                                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A descriptor to give up for a moment when there is none left.
[[nodiscard]] runtime::UniqueFd spare_descriptor();

/// The TCP connections of one worker and what they share. Owns them.
struct TcpEngine {
  explicit TcpEngine(WorkerContext& worker_context) : context(worker_context), spare(spare_descriptor()) {}
  TcpEngine(const TcpEngine&) = delete;
  TcpEngine& operator=(const TcpEngine&) = delete;
  ~TcpEngine();

  void abort_all();
  void append_records(std::vector<ConnectionRecord>& records) const;

  WorkerContext& context;
  Pools pools;
  runtime::UniqueFd spare;  // to refuse a connection for which there is no descriptor
  boost::intrusive::list<TcpSession, boost::intrusive::base_hook<TcpSessionHook>,
                         boost::intrusive::constant_time_size<false>>
      sessions;
  std::size_t count{0};
};

/// Lives from accept to the end of both directions. Deletes itself (through Reactor::retire) when it ends. The client's
/// events come to it directly, the endpoint's through a member.
class TcpSession final : public runtime::EventHandler, public PortMember, public TcpSessionHook {
 public:
  /// Begins a connection just accepted. `first`: what was read of it already.
  static void begin(TcpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                    std::string_view first = {});
  ~TcpSession() override = default;

  void on_ready(std::uint32_t events) noexcept override;
  void on_port_changed() override;

  /// Ends it now: cleanly if `closed`, else by reset on both sides.
  void end(Outcome outcome);
  [[nodiscard]] ConnectionRecord record() const;

 private:
  struct EndpointSide final : runtime::EventHandler {
    explicit EndpointSide(TcpSession& owner) : session(owner) {}
    void on_ready(std::uint32_t events) noexcept override { session.on_endpoint_ready(events); }
    TcpSession& session;
  };
  static constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI;

  TcpSession(TcpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address);
  void start();

  // Finding an endpoint.
  void connect_next();
  [[nodiscard]] bool connect_to(const lb::Endpoint& endpoint);
  void on_endpoint_ready(std::uint32_t events);
  [[nodiscard]] bool finish_connect(std::uint32_t events);
  void attempt_failed();
  void leave_endpoint();
  [[nodiscard]] bool send_proxy_header();
  [[nodiscard]] bool try_replay(bool clean);

  // Relaying.
  void relay();
  void pump_up();
  void pump_down();
  void on_client_finished();
  void on_endpoint_finished();
  void on_endpoint_deaf();

  // Time.
  void on_timer();
  [[nodiscard]] TimePoint next_deadline() const;
  void arm_timer();
  void look_again();
  void watch_peers();

  void settle_counters(Outcome outcome);
  [[nodiscard]] const ServicePort& port() const { return binding_.port->port(); }
  [[nodiscard]] TimePoint now() const { return engine_.context.reactor.now(); }

  TcpEngine& engine_;
  const Binding binding_;  // a copy: the listener may go first
  const SocketAddress client_address_;
  const TimePoint began_;
  Peer client_;
  Peer endpoint_;
  std::shared_ptr<const TransparentPath> transparent_path_;  // of endpoint_'s socket
  EndpointSide endpoint_side_{*this};
  Exchange exchange_;
  Channel up_{Channel::From::client, exchange_};
  Channel down_{Channel::From::endpoint, exchange_};
  SocketAddress endpoint_address_;
  std::shared_ptr<lb::EndpointState> endpoint_state_;  // null: none chosen
  std::vector<SocketAddress> tried_;                   // in vain, for what is not answered yet
  int attempts_{0};
  int replays_{0};  // of what is not answered yet
  bool connecting_{false};
  bool up_closed_{false};    // the client's end was passed on
  bool down_closed_{false};  // the endpoint's end was passed on
  bool draining_{false};
  bool ended_{false};
  std::size_t proxy_header_size_{0};  // sent to the present endpoint before the client's bytes
  bool watched_{false};               // the endpoint's socket has its keepalive
  Outcome outcome_{};
  PeerWatch client_watch_;
  PeerWatch endpoint_watch_;
  runtime::Timer timer_;
  TimePoint last_activity_;
  TimePoint next_look_;  // at the peers; max: nothing to look for
  TimePoint connect_deadline_{TimePoint::max()};
  TimePoint drain_deadline_{TimePoint::max()};
  TimePoint linger_deadline_{TimePoint::max()};
};

}  // namespace naru::proxy
