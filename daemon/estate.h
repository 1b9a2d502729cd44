// What a naru gives to the one that takes over from it, as messages between the two.
#pragma once

#include <string>
#include <vector>

#include "dns/worker_dns.h"
#include "proxy/legacy.h"

namespace naru::daemon {

/// A listening socket of the control thread's own HTTP endpoints (metrics, health).
struct HttpSocket {
  SocketAddress address;
  runtime::UniqueFd fd;
};

/// An endpoint that failed, and is out until some time.
struct Ejection {
  config::ServiceName service;
  std::string port_name;
  SocketAddress endpoint;
  TimePoint until;
};

/// Sockets by worker: an index in `proxies` is a worker's, and both processes have as many. TimePoints are the system's
/// monotonic clock.
struct Estate {
  std::vector<proxy::Legacy> proxies;
  std::vector<dns::SharedSocket> dns;
  std::vector<HttpSocket> http;
  std::vector<Ejection> ejections;
};

/// Blocks for as long as the connection's time-out allows. Errors: io.
Result<void> send_estate(int fd, const Estate& estate);
/// All of it. Errors: unavailable (the other side is gone, or silent), io, bad_input (not what send_estate() sends).
Result<Estate> receive_estate(int fd);

}  // namespace naru::daemon
