// One active probe of one endpoint. Coroutines on the control thread, where work is rare and protocols are many.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "config/service_policy.h"
#include "lb/probe_state.h"

namespace naru::daemon {

struct ProbeTarget {
  SocketAddress address;
  config::ActiveHealth rules;
};

/// Connects, asks as the rules say, and judges the answer; all of it within the rules' time-out.
[[nodiscard]] boost::asio::awaitable<lb::ProbeResult> probe(ProbeTarget target);

/// What is asked on a connection. Private to the probe.
[[nodiscard]] boost::asio::awaitable<lb::ProbeResult> ask_http(boost::beast::tcp_stream& stream,
                                                               const ProbeTarget& target);
[[nodiscard]] boost::asio::awaitable<lb::ProbeResult> ask_grpc(boost::beast::tcp_stream& stream,
                                                               const ProbeTarget& target);
/// How an exchange that failed with `error` ended.
[[nodiscard]] lb::ProbeResult failed_exchange(const boost::system::error_code& error);
/// Host or authority: as given, else the address.
[[nodiscard]] std::string host_of(const ProbeTarget& target);

}  // namespace naru::daemon
