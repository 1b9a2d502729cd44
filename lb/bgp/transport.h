// One TCP connection with a peer: bytes in, bytes out.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "base/time.h"
#include "lb/bgp/end_reason.h"
#include "lb/bgp/peer_settings.h"
#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

struct TransportEvents {
  std::function<void(const SocketAddress& local)> on_connected;
  std::function<void(View)> on_bytes;
  std::function<void()> on_drained;  // all that was to be sent is the kernel's
  std::function<void(EndReason, std::string)> on_closed;
};

/// Held by its owner until close(); from then on it calls nothing of TransportEvents, and holds itself until the peer
/// has taken the last bytes, a second at most.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Transport(boost::asio::io_context& io, TransportEvents events);
  ~Transport();

  /// Events are not called from within.
  void connect(const PeerSettings& settings);
  /// An accepted one. on_connected is not called.
  void adopt(Socket socket, const PeerSettings& settings);
  void send(View bytes);
  void close(std::function<void()> on_gone);
  /// At once, whatever is not sent yet.
  void abort();

  [[nodiscard]] std::size_t queued() const { return writing_.size() - written_ + waiting_.size(); }
  /// When the kernel last took something; only while something is queued.
  [[nodiscard]] TimePoint last_progress() const { return last_progress_; }

 private:
  int open(const PeerSettings& settings);
  void on_connect(int error_number);
  void read();
  void write();
  void fail(EndReason reason, std::string text);
  void linger();
  void discard();
  void vanish();

  Socket socket_;
  boost::asio::steady_timer timer_;  // of the end
  TransportEvents events_;
  std::function<void()> on_gone_;
  Bytes input_;
  Bytes writing_;
  std::size_t written_{};
  Bytes waiting_;
  TimePoint last_progress_{};
  bool connected_{};
  bool closing_{};
  bool gone_{};
};

/// The local end of a socket.
[[nodiscard]] SocketAddress local_address(const Transport::Socket& socket);
[[nodiscard]] SocketAddress remote_address(const Transport::Socket& socket);

}  // namespace naru::lb::bgp
