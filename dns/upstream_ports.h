// A UDP socket, and so a port, for each query of a channel, where c-ares has one socket for all of a server's.
//
// c-ares is told that there is one (kAll), and reaches the sockets by its socket functions. Which one is meant the
// message tells, by its id. So a hundred queries cost one channel, and an attacker must still guess the port of each
// (RFC 5452).
#pragma once

#include <ares.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "runtime/reactor.h"
#include "runtime/unique_fd.h"

namespace naru::dns {

/// One thread.
class UpstreamPorts {
 public:
  /// What c-ares takes for the descriptor of them all. It is none.
  static constexpr ares_socket_t kAll = 1 << 30;

  /// `on_readable` is to call receive() until there is nothing more.
  UpstreamPorts(runtime::Reactor& reactor, const SocketAddress& upstream,
                std::function<void(std::uint16_t id)> on_readable)
      : reactor_(reactor), upstream_(upstream), on_readable_(std::move(on_readable)) {}
  ~UpstreamPorts();
  UpstreamPorts(const UpstreamPorts&) = delete;
  UpstreamPorts& operator=(const UpstreamPorts&) = delete;

  /// For the query with that id, which has none yet. False: the system has no socket or port left, or no way there.
  [[nodiscard]] bool open(std::uint16_t id);
  void close(std::uint16_t id);

  /// As send(2), from the port that the message's id has. One whose port is closed is sent nowhere.
  ssize_t send(const void* message, std::size_t size);
  /// As recv(2), from the port that is readable, and only what has the id of the query that left from there. FORMERR is
  /// kept from c-ares, which would send no EDNS to anybody from then on.
  ssize_t receive(void* to, std::size_t size);
  [[nodiscard]] bool may_have_more() const { return more_; }

  /// How a query ended without c-ares: an ICMP error, or FORMERR.
  struct Ended {
    int status{ARES_ENODATA};           // that: it has not ended
    std::vector<std::uint8_t> message;  // with ARES_SUCCESS
  };
  [[nodiscard]] Ended take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Port : runtime::EventHandler {
    void on_ready(std::uint32_t events) noexcept override;
    UpstreamPorts* owner{};
    std::uint16_t id{};
    runtime::UniqueFd fd;
  };

  runtime::Reactor& reactor_;
  SocketAddress upstream_;
  std::function<void(std::uint16_t id)> on_readable_;
  std::unordered_map<std::uint16_t, std::unique_ptr<Port>> ports_;
  Port* readable_{};  // the one that c-ares reads just now
  bool more_{false};
  Ended ended_;
};

}  // namespace naru::dns
