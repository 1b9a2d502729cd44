// A daemon's place among those before and after it at the same admin socket: how it begins in another's place, and
// gives its own away.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "daemon/hand_over.h"
#include "daemon/http_server.h"

namespace naru::daemon {

/// Thread: all calls on the io_context's.
class Succession {
 public:
  struct Owner {
    std::function<Estate()> share;
    std::function<void()> release;  // another serves from now on
  };
  /// `taking_over`: this one begins in the place of another. `configuration` outlives it.
  Succession(boost::asio::io_context& io, const config::Configuration& configuration, bool taking_over, Owner owner);

  /// Gets what the one before has, where there is to be one. Errors: there is none, or it refuses.
  Result<void> begin();
  /// As many as the one before has; nothing if there was none: each of its sockets is one worker's.
  [[nodiscard]] std::optional<unsigned> workers() const { return workers_; }
  /// Where this one's admin socket is until it serves alone.
  [[nodiscard]] std::string admin_socket() const;

  // What was got, each part once: the rest of the daemon's own sockets and state.
  [[nodiscard]] runtime::UniqueFd take_http(const SocketAddress& address);
  [[nodiscard]] std::vector<dns::SharedSocket> take_dns() { return std::move(estate_.dns); }
  /// After all take_http() of the daemon's own.
  [[nodiscard]] Estate take_estate() { return std::move(estate_); }

  /// All is in force. `on_alone` once this one serves alone, at its proper admin socket; or why it is not to serve: the
  /// one before goes on.
  void finish(HttpServer& admin, std::function<void(Result<void>)> on_alone);

 private:
  void wait_for_the_next();

  const config::Configuration& configuration_;
  bool taking_over_;
  TakeOver take_over_;
  HandOver hand_over_;
  Estate estate_;
  std::optional<unsigned> workers_;
};

}  // namespace naru::daemon
