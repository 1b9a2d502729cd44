// A peer as a whole: when to connect, which of two connections stays, what it is told (RFC 4271 8). Pure: events in,
// actions out, time as an argument.
#pragma once

#include <array>
#include <variant>

#include "lb/bgp/adj_rib_out.h"
#include "lb/bgp/connection_fsm.h"

namespace naru::lb::bgp {

/// Who opened a connection: we or the peer. There may be one of each for a moment.
enum class Side : std::uint8_t { outbound, inbound };
inline constexpr std::size_t kSides = 2;

namespace action {
struct Connect {};
struct Send {
  Side side{};
  Bytes bytes;
};
/// Once what was to be sent is sent; an attempt to connect ends too.
struct Close {
  Side side{};
};
/// The state is another one; which, view() and so on tell.
struct Changed {
  State from{};
  State to{};
};
}  // namespace action
using Action = std::variant<action::Connect, action::Send, action::Close, action::Changed>;
using Actions = std::vector<Action>;

struct PeerOptions {
  std::optional<IpAddress> router_id;  // if the settings have none
  std::chrono::seconds restart_time{120};
};

class PeerFsm {
 public:
  PeerFsm(PeerSettings settings, PeerOptions options, std::uint64_t seed, TimePoint now);
  PeerFsm(const PeerFsm&) = delete;
  PeerFsm& operator=(const PeerFsm&) = delete;

  [[nodiscard]] const PeerSettings& settings() const { return settings_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] SessionView view() const;

  // Each returns what is to be done. After the last of them, next_update() is to be asked while there is room to send.
  [[nodiscard]] Actions start(TimePoint now);
  [[nodiscard]] Actions on_time(TimePoint now);
  [[nodiscard]] TimePoint next_time() const;
  [[nodiscard]] Actions on_connected(Side side, const SocketAddress& local, const NextHops& next_hops, TimePoint now);
  /// Of an attempt, or a connection, which is gone already.
  [[nodiscard]] Actions on_closed(Side side, EndReason reason, std::string text, TimePoint now);
  [[nodiscard]] Actions on_bytes(Side side, View bytes, TimePoint now);
  /// The peer takes nothing off this connection; see send_limit().
  [[nodiscard]] Actions on_send_stalled(Side side, TimePoint now);

  /// Ends all connections and waits before the next attempt, as after a failure.
  [[nodiscard]] Actions on_link_failed(TimePoint now);
  /// For good. Withdrawals are the caller's: take next_update() before. `silently`: without a word where the peer keeps
  /// routes for a restart.
  [[nodiscard]] Actions stop(const Notification& notification, bool silently, TimePoint now);

  /// An inbound connection is wanted now.
  [[nodiscard]] bool accepts() const { return !stopped_ && !connections_[index(Side::inbound)]; }
  void set_connect_time(std::optional<std::chrono::seconds> time) { settings_.connect_time = time; }

  void set_routes(const std::vector<Route>& routes) { routes_.want(routes); }
  /// Which connection updates go to; nothing if there is no session.
  [[nodiscard]] std::optional<Side> established_side() const;
  [[nodiscard]] std::optional<Bytes> next_update();
  /// How long a peer may take nothing: the hold time (RFC 9687 has it longer, but a stuck peer's routes are stale
  /// then).
  [[nodiscard]] std::optional<Duration> send_limit() const;

 private:
  struct Connection {
    ConnectionFsm fsm;
    SocketAddress local;
    NextHops next_hops;
  };

  static constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }
  static constexpr Side other(Side side) { return side == Side::outbound ? Side::inbound : Side::outbound; }
  [[nodiscard]] std::optional<Connection>& at(Side side) { return connections_[index(side)]; }
  [[nodiscard]] const std::optional<Connection>& at(Side side) const { return connections_[index(side)]; }

  [[nodiscard]] Open our_open(const SocketAddress& local, const NextHops& next_hops) const;
  [[nodiscard]] State current_state() const;
  [[nodiscard]] const Connection* foremost() const;
  [[nodiscard]] bool stays(Side side) const;
  void react(Side side, Reaction reaction, TimePoint now, Actions& out);
  void resolve_collision(Side side, TimePoint now, Actions& out);
  void lose(Side side, TimePoint now, Actions& out);
  void establish(Side side, TimePoint now, Actions& out);
  void forget(Side side);
  void ended(Side side, SessionEnd end, TimePoint now);
  void attempt(TimePoint now, Actions& out);
  void plan_attempt(TimePoint now);
  void finish(TimePoint now, Actions& out);

  PeerSettings settings_;
  PeerOptions options_;
  Random random_;
  SessionCounters counters_;
  AdjRibOut routes_;
  std::array<std::optional<Connection>, kSides> connections_;
  bool connecting_{};
  bool stopped_{};
  TimePoint attempt_at_{kNever};  // the next one
  TimePoint give_up_at_{kNever};  // the present one
  unsigned failures_{};           // in a row
  TimePoint established_at_{};
  State state_{State::idle};
  TimePoint since_;
  std::optional<SessionEnd> last_end_;
};

}  // namespace naru::lb::bgp
