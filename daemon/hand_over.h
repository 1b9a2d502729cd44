// How one naru gives its place to another: sockets first, then, once the other has shown that it serves, the rest.
//
//   next:  connect, "take over"          this:  its Estate, sockets as duplicates; both serve
//   next:  in force on every worker, "ready <its admin socket>"
//   this:  asks that socket for the status; "released", and serves nothing new    or "refused <why>", and goes on
//
// Whatever fails before "released" leaves this one as it was.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <optional>
#include <string>

#include "daemon/estate.h"

namespace naru::daemon {

/// Where a naru waits for the next one, of its user only.
[[nodiscard]] inline std::string hand_over_path(const std::string& admin_socket) {
  return admin_socket + ".take-over";
}

/// The side that gives. Thread: all calls on the io_context's.
class HandOver {
 public:
  struct Owner {
    std::function<Estate()> share;
    std::function<void()> release;  // the other serves from now on
  };
  HandOver(boost::asio::io_context& io, Owner owner) : io_(io), owner_(std::move(owner)) {}
  ~HandOver() { close(); }
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  /// Errors: as runtime::listen_messages().
  Result<void> listen(const std::string& path);
  void close();

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  void accept();
  void await_question();
  void begin(runtime::UniqueFd next);
  void await_ready();
  void on_ready();

  boost::asio::io_context& io_;
  Owner owner_;
  std::string path_;
  std::optional<Descriptor> listener_;
  std::optional<Descriptor> asking_;  // has connected, and said nothing yet
  std::optional<Descriptor> next_;    // is taking over
};

/// The side that takes. Thread: as above.
class TakeOver {
 public:
  explicit TakeOver(boost::asio::io_context& io) : io_(io) {}

  /// Asks the naru that waits at `path` for all it has. Blocks for a few seconds at most. Errors: not_found,
  /// unavailable (none is there), conflict (another is taking over), io, bad_input.
  Result<Estate> begin(const std::string& path);
  /// This one serves, and answers at `admin_socket`. `on_end` once: whether the other has let go.
  void finish(const std::string& admin_socket, std::function<void(Result<void>)> on_end);

 private:
  boost::asio::io_context& io_;
  std::optional<boost::asio::posix::stream_descriptor> other_;
};

}  // namespace naru::daemon
