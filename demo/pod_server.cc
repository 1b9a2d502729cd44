// naru-pod: a small real server that plays a pod. It ends as a well-behaved one does: on SIGTERM it takes no more
// connections, answers what is in flight and one more request on each connection that is kept alive, and exits 0.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "demo/echo_server.h"
#include "demo/http_server.h"

namespace {

using namespace naru::demo;
using boost::asio::ip::tcp;
using boost::asio::ip::udp;

struct Options {
  std::string name{"pod"};
  std::string version{"v1"};
  std::string address{"127.0.0.1"};
  std::uint16_t port{8080};
  std::uint16_t tcp_echo_port{0};
  std::uint16_t udp_echo_port{0};
  std::string ledger;
  unsigned grace{5000};
};

void describe(CLI::App& app, Options& options) {
  app.add_option("--name", options.name, "Name that it answers with")->capture_default_str();
  app.add_option("--pod-version", options.version, "Version that it answers with")->capture_default_str();
  app.add_option("--address", options.address, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "HTTP port; 0: none")->capture_default_str();
  app.add_option("--tcp-echo-port", options.tcp_echo_port, "TCP port that echoes; 0: none");
  app.add_option("--udp-echo-port", options.udp_echo_port, "UDP port that echoes; 0: none");
  app.add_option("--ledger", options.ledger, "File to append a line to for each request");
  app.add_option("--grace", options.grace, "Milliseconds that open connections have after SIGTERM")
      ->capture_default_str();
}

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Program {
 public:
  explicit Program(const Options& options) : options_(options) {
    pod_.name = options.name;
    pod_.version = options.version;
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
    io_.run();
  }

 private:
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

  Options options_;
  Pod pod_;
  Connections connections_;  // outlives io_, whose handlers own the connections
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  boost::asio::steady_timer grace_{io_};
  std::optional<HttpServer> http_;
  std::optional<TcpEcho> tcp_echo_;
  std::unique_ptr<UdpEcho> udp_echo_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"A small server that plays a pod: HTTP, and TCP and UDP echo."};
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
