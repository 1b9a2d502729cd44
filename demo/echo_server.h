// The pod's raw sides: TCP and UDP ports that send back what they get.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <string>

#include "demo/connections.h"

namespace naru::demo {

/// Sends back every byte, and ends its side when the client has ended its own: a client that half-closes gets all of
/// it.
class TcpEcho {
 public:
  /// Listens at once. Throws boost::system::system_error if it cannot.
  TcpEcho(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& at, Connections& connections);
  void stop_accepting() { acceptor_.close(); }

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  Connections& connections_;
};

/// Sends back every datagram; to the datagram `whoami` it answers with its name, so that a client sees where its flow
/// goes.
class UdpEcho {
 public:
  UdpEcho(boost::asio::io_context& io, const boost::asio::ip::udp::endpoint& at, std::string name);

 private:
  void receive();
  void reply(std::size_t size);

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::array<char, 65536> buffer_;
  std::string name_;
};

}  // namespace naru::demo
