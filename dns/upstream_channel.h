// Queries to one upstream through one c-ares channel, driven by the worker's Reactor.
//
// c-ares 1.18 keeps tables for thousands of queries in a channel, 75 KB, so many queries share one. Over UDP each has a
// socket of its own all the same: see UpstreamPorts. Over TCP a failing connection ends all its queries: one for each.
#pragma once

#include <ares.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "dns/types.h"
#include "dns/upstream_ports.h"
#include "runtime/reactor.h"
#include "runtime/socket.h"

namespace naru::dns {

/// How a query ended.
struct UpstreamAnswer {
  std::uint64_t tag{};
  int status{};                       // ARES_SUCCESS, ARES_ETIMEOUT, ARES_ECONNREFUSED, ...
  std::vector<std::uint8_t> message;  // on success; over UDP it may be cut off
};

/// One thread. Must not be destroyed from within `on_progress`, except at the end of the Reactor's turn.
class UpstreamChannel {
 public:
  /// `on_progress` is called, never from within send(), when take_answers() may have something, or nothing is in flight
  /// any more.
  UpstreamChannel(runtime::Reactor& reactor, const SocketAddress& upstream, Transport transport, Duration timeout,
                  std::function<void(UpstreamChannel&)> on_progress);
  ~UpstreamChannel();
  UpstreamChannel(const UpstreamChannel&) = delete;
  UpstreamChannel& operator=(const UpstreamChannel&) = delete;

  /// False if c-ares could not be set up: out of memory.
  [[nodiscard]] bool usable() const { return channel_ != nullptr; }
  /// Whether a query with that id is in flight.
  [[nodiscard]] bool has(std::uint16_t id) const { return queries_.contains(id); }
  /// Sends a whole message, whose id no query in flight has. Its answer may be there at once: look at take_answers()
  /// after.
  void send(std::uint64_t tag, const std::string& message);
  /// Its answer is of no interest any more. It counts as in flight until its time-out.
  void forget(std::uint16_t id);
  [[nodiscard]] std::vector<UpstreamAnswer> take_answers() { return std::exchange(answers_, {}); }

  [[nodiscard]] std::size_t in_flight() const { return queries_.size(); }
  [[nodiscard]] std::size_t sent() const { return sent_; }

 private:
  struct Query {
    std::uint64_t tag{};
    bool wanted{true};
  };
  /// c-ares's TCP socket in the Reactor.
  struct Socket : runtime::EventHandler {
    void on_ready(std::uint32_t events) noexcept override;
    UpstreamChannel* owner{};
    ares_socket_t fd{ARES_SOCKET_BAD};
    std::uint32_t interest{};
  };
  struct AresDeleter {
    void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
  };
  struct SocketFunctions;
  struct Waiting;

  static void on_answer(void* argument, int status, int timeouts, unsigned char* message, int size) noexcept;
  static void on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) noexcept;
  void watch(ares_socket_t fd, std::uint32_t interest);
  void read_port(std::uint16_t id);
  void end(std::uint16_t id, int status, std::span<const std::uint8_t> message);
  void process(ares_socket_t readable, ares_socket_t writable);
  void after_processing();
  void arm_timer();

  runtime::Reactor& reactor_;
  std::function<void(UpstreamChannel&)> on_progress_;
  Transport transport_;
  runtime::KernelAddress upstream_;
  UpstreamPorts ports_;
  Socket tcp_;
  runtime::Timer timer_;
  std::unordered_map<std::uint16_t, Query> queries_;  // by id: all that c-ares has
  std::vector<UpstreamAnswer> answers_;
  std::size_t sent_{0};
  std::unique_ptr<ares_channeldata, AresDeleter> channel_;  // destroyed first: it calls back
};

}  // namespace naru::dns
