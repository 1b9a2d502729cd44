// The pod's HTTP side: answers with who it is, so that a client sees which pod it reached. HTTP/1.1, and HTTP/2 with
// prior knowledge, on one port.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "demo/connections.h"
#include "demo/pod.h"

namespace naru::demo {

/// `GET /` says who answers, `/healthz` whether it takes traffic, `/slow?ms=N` waits, `/bytes?n=N` sends N bytes, and a
/// POST or PUT gets its body back. Over HTTP/2 also gRPC, over HTTP/1.1 also a WebSocket that echoes. While draining,
/// each answer ends its connection.
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
