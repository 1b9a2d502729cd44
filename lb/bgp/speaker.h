// BGP sessions with routers, to announce routes and learn none (RFC 4271). Here are sockets and timers; what is said
// when is decided by pure parts: PeerFsm, ConnectionFsm and AdjRibOut.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lb/bgp/peer_settings.h"
#include "lb/bgp/route.h"
#include "lb/bgp/session_view.h"

namespace boost::asio {
class io_context;
}

namespace naru::lb::bgp {

struct SpeakerOptions {
  /// Of sessions whose peer has none configured; best the node's own IPv4 address, the same on every start.
  std::optional<IpAddress> router_id;
  /// Where peers may connect to; empty: sessions are only outbound. Connections from addresses that are no peer's are
  /// closed at once.
  std::vector<SocketAddress> listen;
  /// How long peers with graceful restart are to keep routes after we vanished, at most 4095 s (RFC 4724).
  std::chrono::seconds restart_time{120};
};

struct SpeakerEvents {
  /// A session changed its state. Called in a turn of the io_context of its own, so it may call anything of the
  /// speaker. Not called any more for a peer that is gone.
  std::function<void(const std::string& peer, State from, State to)> on_state = [](const auto&, auto, auto) {};
};

/// What peers are to make of our stop.
enum class Stop : std::uint8_t {
  withdraw,    // nothing is served here any more: routes are withdrawn, then Cease/Administrative Shutdown
  keep_routes  // a restart: peers with graceful restart are left without a word and keep the routes for restart_time
};

/// Confined to the thread that runs the io_context.
class Speaker {
 public:
  Speaker(boost::asio::io_context& io, SpeakerOptions options, SpeakerEvents events);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;
  /// Closes without a word, as if killed.
  ~Speaker();

  /// All peers that there are to be. Those with the same settings go on untouched; what is new connects at once; what
  /// is gone says Cease. A peer with settings that fit no session stays Idle and says why.
  void set_peers(std::vector<PeerSettings> peers);

  /// All routes for each peer, the difference goes to the sessions. A prefix given twice: the last counts. A peer that
  /// was never named here is told nothing, not even that that is all (End-of-RIB): so that after a restart its old
  /// routes stay until the new ones are known. Later, a peer not named has none.
  void set_routes(std::map<std::string, std::vector<Route>> routes);

  /// The peer cannot be reached (BFD): its session ends at once, without the hold time. It is tried again as after any
  /// failure. Nothing if there is no such peer or no session.
  void link_failed(const std::string& peer);

  /// Ends all sessions; `on_done` is called when all has been handed to the peers, or after two seconds. Later calls of
  /// set_peers() and set_routes() do nothing.
  void shut_down(Stop stop, std::function<void()> on_done);

  /// In the order of their names.
  [[nodiscard]] std::vector<SessionView> sessions() const;
  /// What is wrong with the addresses in SpeakerOptions::listen; empty if nothing.
  [[nodiscard]] std::string listen_fault() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace naru::lb::bgp
