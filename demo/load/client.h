// Sends requests over connections that it keeps. It never sends one twice: what it loses is for the judge to see.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

#include "demo/load/exchange.h"

namespace naru::demo {

struct ClientOptions {
  boost::asio::ip::tcp::endpoint to;
  std::string host;             // the Host header
  std::size_t connections{16};  // that it keeps; HTTP/1 opens more while all are busy
  bool close{false};            // HTTP/1: a connection for every request
  std::chrono::milliseconds timeout{5000};
};

class Client {
 public:
  virtual ~Client() = default;
  virtual void send(std::shared_ptr<Exchange> exchange) = 0;
};

[[nodiscard]] std::unique_ptr<Client> make_http1_client(boost::asio::io_context& io, const ClientOptions& options);
[[nodiscard]] std::unique_ptr<Client> make_http2_client(boost::asio::io_context& io, const ClientOptions& options);

}  // namespace naru::demo
