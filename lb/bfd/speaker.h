// BFD sessions over real sockets. Which packet means what is SessionSet's to decide, and pure; here are clock and
// network.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "lb/bfd/counters.h"
#include "lb/bfd/session_info.h"
#include "lb/bfd/types.h"

namespace boost::asio {
class io_context;
}

namespace naru::lb::bfd {

struct SpeakerEvents {
  /// A session changed its state. Called within the speaker's own turn: what it calls may be sessions() and, to react,
  /// set_sessions() and shut_down().
  std::function<void(const SessionKey&, const Transition&)> on_state = [](const auto&, const auto&) {};
  /// The peer of a session that stays Up says another diagnostic than before. Under the same rules.
  std::function<void(const SessionKey&, Diagnostic)> on_remote_diagnostic = [](const auto&, const auto&) {};
};

/// Confined to the thread that runs the io_context. Packets go out on time only while no handler on that thread takes
/// long: a turn that came too late is counted, and does not make neighbours out to be dead.
class Speaker {
 public:
  Speaker(boost::asio::io_context& io, SpeakerEvents events);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;
  /// Closes without a word: peers see silence. shut_down() before it for an orderly stop.
  ~Speaker();

  /// All sessions that there are to be. Sessions whose settings are the same go on untouched; changed timers are agreed
  /// upon with the peer without going down; those that are gone say AdminDown to the peer. Never fails: what cannot be
  /// opened (ports taken, addresses not there yet) is that session's `fault`, and tried again.
  void set_sessions(const std::map<SessionKey, SessionSettings>& sessions);

  [[nodiscard]] std::vector<SessionInfo> sessions() const;
  [[nodiscard]] const Counters& counters() const;

  /// Says AdminDown to all peers, at once, and has no sessions from then on. No events.
  void shut_down();

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace naru::lb::bfd
