// Queries to one upstream through one c-ares channel, driven by the worker's Reactor.
//
// c-ares 1.18 opens one UDP socket per channel and server and closes it when nothing is in flight, so a channel that
// has one query at a time asks each from a port of its own. That, and the random id, is what an attacker must guess
// (RFC 5452).
#pragma once

#include <ares.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "dns/types.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// How c-ares says that a query ended.
struct UpstreamAnswer {
  std::uint64_t tag{};
  int status{};                       // ARES_SUCCESS, ARES_ETIMEOUT, ARES_ECONNREFUSED, ...
  std::vector<std::uint8_t> message;  // on success
};

/// One thread. Must not be destroyed from within `on_progress`, except at the end of the Reactor's turn.
class UpstreamChannel {
 public:
  /// Over UDP first, and TCP where that was cut off; or over TCP alone. `on_progress` is called, never from within
  /// send(), when take_answers() may have something.
  UpstreamChannel(runtime::Reactor& reactor, const SocketAddress& upstream, Transport transport, Duration timeout,
                  std::function<void(UpstreamChannel&)> on_progress);
  ~UpstreamChannel();
  UpstreamChannel(const UpstreamChannel&) = delete;
  UpstreamChannel& operator=(const UpstreamChannel&) = delete;

  /// False if c-ares could not be set up: out of memory.
  [[nodiscard]] bool usable() const { return channel_ != nullptr; }
  /// Sends a whole message. Its answer may be there at once: look at take_answers() after.
  void send(std::uint64_t tag, const std::string& message);
  [[nodiscard]] std::vector<UpstreamAnswer> take_answers() { return std::exchange(answers_, {}); }

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t sent() const { return sent_; }

 private:
  /// A descriptor of c-ares in the Reactor.
  struct Socket : runtime::EventHandler {
    void on_ready(std::uint32_t events) noexcept override;
    UpstreamChannel* owner{};
    ares_socket_t fd{ARES_SOCKET_BAD};
    std::uint32_t interest{};
  };
  struct AresDeleter {
    void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
  };
  struct Waiting;

  static void on_answer(void* argument, int status, int timeouts, unsigned char* message, int size) noexcept;
  static void on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) noexcept;
  void watch(ares_socket_t fd, std::uint32_t interest);
  void process(ares_socket_t readable, ares_socket_t writable);
  void after_processing();
  void arm_timer();

  runtime::Reactor& reactor_;
  std::function<void(UpstreamChannel&)> on_progress_;
  std::array<Socket, 2> sockets_;  // UDP, and TCP where an answer was cut off
  runtime::Timer timer_;
  std::vector<UpstreamAnswer> answers_;
  std::size_t in_flight_{0};
  std::size_t sent_{0};
  std::unique_ptr<ares_channeldata, AresDeleter> channel_;  // destroyed first: it calls back
};

}  // namespace naru::dns
