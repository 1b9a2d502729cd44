// A peer's state machine with sockets and a timer.
#pragma once

#include "lb/bgp/peer_fsm.h"
#include "lb/bgp/speaker.h"
#include "lb/bgp/transport.h"

namespace naru::lb::bgp {

class PeerRunner : public std::enable_shared_from_this<PeerRunner> {
 public:
  /// Not called from within a call of the runner's own functions.
  using OnState = std::function<void(const std::string& peer, State from, State to)>;

  PeerRunner(boost::asio::io_context& io, PeerSettings settings, PeerOptions options, std::uint64_t seed,
             OnState on_state);
  ~PeerRunner();
  PeerRunner(const PeerRunner&) = delete;
  PeerRunner& operator=(const PeerRunner&) = delete;

  void start();
  void set_routes(const std::vector<Route>& routes);
  void set_connect_time(std::optional<std::chrono::seconds> time) { fsm_.set_connect_time(time); }
  void link_failed();
  /// For good; on_gone is called when the peer has all that was to be said.
  void stop(const Notification& notification, Stop stop, std::function<void()> on_gone);

  [[nodiscard]] const PeerSettings& settings() const { return fsm_.settings(); }
  [[nodiscard]] bool accepts() const { return fsm_.accepts(); }
  void accept(Transport::Socket socket);
  [[nodiscard]] SessionView view() const { return fsm_.view(); }

 private:
  void perform(Actions actions);
  void perform(const action::Connect&);
  void perform(const action::Send& send);
  void perform(const action::Close& close);
  void perform(const action::Changed& change);
  std::shared_ptr<Transport> make_transport(Side side);
  void connected(Side side, const SocketAddress& local);
  std::shared_ptr<Transport>& at(Side side) { return transports_[static_cast<std::size_t>(side)]; }
  void pump();
  void arm();
  void on_time();
  [[nodiscard]] TimePoint stall_time();
  void log(const action::Changed& change);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  PeerFsm fsm_;
  OnState on_state_;
  std::array<std::shared_ptr<Transport>, kSides> transports_;
  std::string logged_;  // so that the same failure, again and again, is one line
  std::function<void()> on_gone_;
  std::size_t closing_{};  // transports that are on their way out
};

}  // namespace naru::lb::bgp
