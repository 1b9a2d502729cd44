// How a worker's DNS server is to behave.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "dns/autopath.h"
#include "dns/cookie.h"
#include "dns/forward_options.h"
#include "dns/held_sockets.h"
#include "dns/query_log.h"
#include "dns/rate_limit.h"

namespace naru::dns {

struct TcpOptions {
  Duration idle_timeout{std::chrono::seconds(10)};
  std::size_t max_connections{1000};           // of this worker
  std::size_t max_connections_per_client{64};  // by address
  std::size_t max_pipelined{100};              // unanswered queries of one connection; more are not read
};

struct WorkerOptions {
  std::vector<SocketAddress> listen;  // each for UDP and TCP; port 0 is for tests with one worker
  std::vector<HeldSockets> held;      // this worker's share of those that are there for `listen`: see share_of()
  ForwardOptions forward;
  TcpOptions tcp;
  AutopathOptions autopath;
  bool cookies{true};
  CookieSecrets cookie_secrets;               // the same for all workers
  std::shared_ptr<RateLimiter> rate_limiter;  // of all workers; null: no limit
  std::shared_ptr<QueryLogRing> query_log;    // of this worker; null: none
};

}  // namespace naru::dns
