// naru-pod: a small real server that plays a pod. It ends as a well-behaved one does: on SIGTERM it takes no more
// connections, answers what is in flight and one more request on each connection that is kept alive, and exits 0.
// SIGUSR1 turns its health checks to "not ready" and back, while it serves all the same.
#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "demo/echo_server.h"
#include "demo/http_server.h"
#include "demo/pod_options.h"

namespace {

using namespace naru::demo;
using boost::asio::ip::tcp;
using boost::asio::ip::udp;

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Program {
 public:
  explicit Program(const PodOptions& options) : options_(options) {
    pod_.name = options.name;
    pod_.version = options.version;
    pod_.closes_idle = options.closes_idle;
    pod_.faults = Faults(options.faults);
    if (!options.ledger.empty() && !pod_.ledger.open(options.ledger)) {
      throw std::runtime_error(fmt::format("cannot open {}: {}", options.ledger, std::strerror(errno)));
    }
    listen();
  }

  void run() {
    fmt::print("naru-pod {} {} on {} ready\n", options_.name, options_.version, options_.address);
    std::fflush(stdout);
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (!error) drain();
    });
    wait_for_readiness_signal();
    io_.run();
  }

 private:
  void wait_for_readiness_signal() {
    readiness_.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      pod_.ready = !pod_.ready;
      wait_for_readiness_signal();
    });
  }

  void listen() {
    const auto at = boost::asio::ip::make_address(options_.address);
    if (options_.port != 0) http_.emplace(io_, tcp::endpoint(at, options_.port), pod_, connections_);
    if (options_.tcp_echo_port != 0) tcp_echo_.emplace(io_, tcp::endpoint(at, options_.tcp_echo_port), connections_);
    if (options_.udp_echo_port != 0) {
      udp_echo_ = std::make_unique<UdpEcho>(io_, udp::endpoint(at, options_.udp_echo_port), options_.name);
    }
  }

  void drain() {
    if (http_) http_->stop_accepting();
    if (tcp_echo_) tcp_echo_->stop_accepting();
    grace_.expires_after(std::chrono::milliseconds(options_.grace));
    grace_.async_wait([this](boost::system::error_code error) {
      if (!error) connections_.close_all();
    });
    // Datagrams have no end to wait for: they are answered until everything else is done.
    connections_.drain([this] { io_.stop(); });
  }

  PodOptions options_;
  Pod pod_;
  Connections connections_;  // outlives io_, whose handlers own the connections
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  boost::asio::signal_set readiness_{io_, SIGUSR1};
  boost::asio::steady_timer grace_{io_};
  std::optional<HttpServer> http_;
  std::optional<TcpEcho> tcp_echo_;
  std::unique_ptr<UdpEcho> udp_echo_;
};

}  // namespace

int main(int argc, char** argv) {
  PodOptions options;
  CLI::App app{"A small server that plays a pod: HTTP/1.1, HTTP/2, gRPC, WebSocket, and TCP and UDP echo."};
  describe(app, options);
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
  try {
    Program(options).run();
  } catch (const boost::system::system_error& error) {
    fmt::print(stderr, "naru-pod {}: cannot listen on {}: {}\n", options.name, options.address, error.code().message());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "naru-pod {}: {}\n", options.name, error.what());
    return 1;
  }
  return 0;
}
