// The pod's HTTP/1.1 side: answers with who it is, so that a client sees which pod it reached.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "demo/connections.h"
#include "demo/ledger.h"

namespace naru::demo {

/// The pod that is played, and what all its requests share.
struct Pod {
  std::string name;
  std::string version;
  std::uint64_t requests{0};
  Ledger ledger;
};

/// `GET /` says who answers, `/healthz` whether it takes traffic, `/slow?ms=N` waits, `/bytes?n=N` sends N bytes, and a
/// POST gets its body back. While draining, each answer closes its connection.
class HttpServer {
 public:
  /// Listens at once. Throws boost::system::system_error if it cannot.
  HttpServer(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& at, Pod& pod, Connections& connections);

  /// Takes what the kernel has already accepted for us, then closes the door: those clients were told that they are in.
  void stop_accepting();

 private:
  void accept();
  void serve(boost::asio::ip::tcp::socket socket);

  boost::asio::ip::tcp::acceptor acceptor_;
  Pod& pod_;
  Connections& connections_;
};

}  // namespace naru::demo
