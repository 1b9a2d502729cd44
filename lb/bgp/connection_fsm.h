// One TCP connection with a peer, from OPEN to its end (RFC 4271 8.2.2, from OpenSent on). Bytes and times in, bytes
// and events out.
#pragma once

#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "lb/bgp/message.h"
#include "lb/bgp/open.h"
#include "lb/bgp/session_view.h"

namespace naru::lb::bgp {

inline constexpr TimePoint kNever = TimePoint::max();
inline constexpr Duration kOpenTime = std::chrono::seconds(30);  // for the peer's OPEN

/// What comes of an event.
struct Reaction {
  std::vector<Bytes> send;
  bool opened{};  // the peer's OPEN was accepted
  bool established{};
  Families refresh;                 // the peer wants to be told again
  std::optional<SessionEnd> ended;  // to be closed when all is sent
};

class ConnectionFsm {
 public:
  enum class Phase : std::uint8_t { open_sent, open_confirm, established };

  /// `settings` and `counters` outlive it.
  ConnectionFsm(Open ours, const PeerSettings& settings, SessionCounters& counters);

  [[nodiscard]] Reaction start(TimePoint now);
  [[nodiscard]] Reaction on_bytes(View bytes, TimePoint now, Random& random);
  [[nodiscard]] Reaction on_time(TimePoint now, Random& random);
  /// When on_time() is to be called.
  [[nodiscard]] TimePoint next_time() const { return std::min(hold_at_, keepalive_at_); }
  /// Ends it by our decision.
  [[nodiscard]] Reaction close(const Notification& notification, std::string text, TimePoint now);

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const Open& ours() const { return ours_; }
  /// From open_confirm on:
  [[nodiscard]] const Open& theirs() const { return theirs_; }
  [[nodiscard]] std::chrono::seconds hold_time() const { return hold_time_; }
  [[nodiscard]] Families families() const { return ours_.families & theirs_.families; }
  [[nodiscard]] bool four_octet_asn() const { return ours_.four_octet_asn && theirs_.four_octet_asn; }
  [[nodiscard]] bool graceful_restart() const { return ours_.graceful_restart && theirs_.graceful_restart; }

 private:
  void on_message(const Message& message, TimePoint now, Random& random, Reaction& out);
  void on_open(View body, TimePoint now, Random& random, Reaction& out);
  void on_keepalive(TimePoint now, Reaction& out);
  void on_update(View body, TimePoint now, Reaction& out);
  void end(const Notification& notification, std::string text, TimePoint now, Reaction& out) const;
  void unexpected(MessageType type, TimePoint now, Reaction& out) const;
  void agree(TimePoint now, Random& random);
  void heard(TimePoint now);
  void plan_keepalive(TimePoint now, Random& random);

  Open ours_;
  Open theirs_;
  const PeerSettings& settings_;
  SessionCounters& counters_;
  Framer framer_;
  Phase phase_{Phase::open_sent};
  std::chrono::seconds hold_time_{};  // agreed; 0: none
  Duration keepalive_{};
  TimePoint hold_at_{kNever};
  TimePoint keepalive_at_{kNever};
};

}  // namespace naru::lb::bgp
