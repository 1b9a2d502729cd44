// Announces: brings what is wanted and what is heard of other nodes together, and drives the speakers.
#pragma once

#include <functional>
#include <memory>

#include "lb/announce/liveness.h"
#include "lb/announce/report.h"
#include "lb/bfd/types.h"
#include "lb/layer2/speaker.h"

namespace boost::asio {
class io_context;
}

namespace naru::lb::announce {

struct AnnouncerOptions {
  bfd::SessionSettings node_sessions;  // with the other nodes
  LivenessSettings liveness;
  layer2::SpeakerOptions layer2;
  /// Interfaces or their addresses are others than before. On the announcer's thread.
  std::function<void()> on_interfaces_changed = [] {};
};

/// Confined to the thread that runs the io_context. What a BFD session says is acted upon within the turn that hears
/// it.
class Announcer {
 public:
  Announcer(boost::asio::io_context& io, AnnouncerOptions options);
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;
  /// Falls silent. shut_down() before it for an orderly end.
  ~Announcer();

  /// All that there is to announce now. What is not to be announced any more is withdrawn before this returns.
  void set_input(std::shared_ptr<const Input> input);

  /// Tells other nodes and peers that this one goes, and withdraws everything; `done` once that is said. Nothing is
  /// announced from then on. `restart`: another naru begins here at once, so BGP peers with graceful restart are to
  /// keep the routes.
  void shut_down(bool restart, std::function<void()> done);

  [[nodiscard]] Report report() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace naru::lb::announce
