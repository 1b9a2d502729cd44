// The health check node ports of Services with externalTrafficPolicy Local: how external load balancers find out which
// nodes have an endpoint.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "config/meta.h"
#include "daemon/http_server.h"

namespace naru::daemon {

/// One small HTTP server per Service that has such a port, on the node's addresses. Thread: the io_context's.
class HealthCheckPorts {
 public:
  using Answer = std::function<HttpResponse(const config::ServiceName&)>;
  using Wanted = std::map<config::ServiceName, Port>;

  HealthCheckPorts(boost::asio::io_context& io, Answer answer) : io_(io), answer_(std::move(answer)) {}

  /// Opens and closes servers until they are those of `wanted`. What is open and still wanted is not touched.
  void follow(const Wanted& wanted, const std::vector<IpAddress>& addresses);

  /// Listening sockets to be used in place of new ones.
  void inherit(std::map<SocketAddress, runtime::UniqueFd> sockets) { inherited_ = std::move(sockets); }
  [[nodiscard]] std::vector<std::pair<SocketAddress, runtime::UniqueFd>> share() const;
  void close() { open_.clear(); }

  /// Those that could not be opened.
  [[nodiscard]] std::vector<config::Issue> issues() const;

 private:
  struct Open {
    Port port;
    std::unique_ptr<HttpServer> server;
    std::vector<std::string> failures;
  };
  [[nodiscard]] Open open(const config::ServiceName& service, Port port);

  boost::asio::io_context& io_;
  Answer answer_;
  std::vector<IpAddress> addresses_;
  std::map<config::ServiceName, Open> open_;
  std::map<SocketAddress, runtime::UniqueFd> inherited_;
};

}  // namespace naru::daemon
