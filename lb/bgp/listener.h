// Where peers connect to.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "lb/bgp/peer_settings.h"

namespace naru::lb::bgp {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using OnSocket = std::function<void(Socket)>;

  Listener(boost::asio::io_context& io, const SocketAddress& address, OnSocket on_socket);

  /// Opens it if it is not open yet, and tells the kernel the passwords of those peers: connections that are signed
  /// otherwise, or not at all, are not accepted by it.
  void set_peers(std::span<const PeerSettings> peers);
  void close();
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  [[nodiscard]] int open();
  void set_passwords(std::span<const PeerSettings> peers);
  void accept();

  SocketAddress address_;
  OnSocket on_socket_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<IpAddress> signed_;  // peers with a password
  std::string fault_;
};

}  // namespace naru::lb::bgp
