// What HTTP/1 and HTTP/2 connections of clients have in common.
#pragma once

#include <boost/intrusive/list.hpp>

#include "proxy/channel.h"
#include "proxy/http/transaction.h"
#include "proxy/peer_watch.h"

namespace naru::proxy {

struct HttpEngine;
struct ClientConnectionTag;
using ClientConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<ClientConnectionTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Lives from accept to the end of the connection; deletes itself (through Reactor::retire) when it ends.
class ClientConnection : public runtime::EventHandler, public PortMember, public ClientConnectionHook {
 public:
  void on_ready(std::uint32_t events) noexcept final;

  /// naru stops: serves what is under way, and what still comes within a moment, and says that it is the last.
  virtual void drain() = 0;
  /// Ends it now, and what is under way on it.
  void end(Outcome outcome);
  [[nodiscard]] virtual ConnectionRecord record() const;

 protected:
  static constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
  // How long a client may take to stop sending after it was told that this is the end. Closing at once would answer its
  // bytes with a reset, which destroys the response on its way.
  static constexpr Duration kLinger = std::chrono::seconds(5);

  ClientConnection(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                   http::Version version);

  /// Events were noted in peer().
  virtual void serve() = 0;
  /// The connection ends: lets go of Transactions. `peer_` is still open. Returns whether the client is to see a reset,
  /// so that it cannot take what it has for complete.
  virtual bool on_end(Outcome outcome) = 0;
  /// deadline() has passed.
  virtual void on_deadline() = 0;

  /// Counts it, watches it, and refuses it where a limit or a rule of the Service says so: then it has ended.
  [[nodiscard]] bool admit();
  /// Gives the socket to another kind of connection, and ends without a trace.
  [[nodiscard]] runtime::UniqueFd hand_over();

  /// In place of the deadline that there was. Cheap: the timer is moved only to come earlier.
  void set_deadline(TimePoint at);
  void clear_deadline() { deadline_ = TimePoint::max(); }
  /// Ends it at the end of this turn: for calls that come from an endpoint's side, which must not lose it meanwhile.
  void end_soon(Outcome outcome);

  [[nodiscard]] const ServicePort& port() const { return binding_.port->port(); }
  [[nodiscard]] const HttpSettings& settings() const { return port().settings.http; }
  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] bool ended() const { return ended_; }

  HttpEngine& engine_;
  const Binding binding_;  // a copy: the listener may go first
  ClientInfo info_;
  Peer peer_;
  std::uint64_t bytes_received_{0};
  std::uint64_t bytes_sent_{0};
  std::uint64_t requests_{0};
  SocketAddress last_endpoint_;

 private:
  void on_timer();
  void leave();

  const TimePoint began_;
  bool ended_{false};
  bool ending_{false};
  Outcome outcome_{};
  TimePoint deadline_{TimePoint::max()};
  TimePoint armed_{TimePoint::max()};
  runtime::Timer timer_;

  friend struct HttpEngine;
};

using ClientConnections = boost::intrusive::list<ClientConnection, boost::intrusive::base_hook<ClientConnectionHook>,
                                                 boost::intrusive::constant_time_size<false>>;

}  // namespace naru::proxy
