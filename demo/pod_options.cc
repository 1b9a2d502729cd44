#include "demo/pod_options.h"

namespace naru::demo {
namespace {

/// Milliseconds, as a plain number.
void add_time(CLI::App& app, const std::string& name, std::chrono::milliseconds& to, const std::string& text) {
  app.add_option_function<unsigned>(
         name, [&to](const unsigned& value) { to = std::chrono::milliseconds(value); }, text)
      ->group("Faults");
}

void add_share(CLI::App& app, const std::string& name, double& to, const std::string& text) {
  app.add_option(name, to, text)->check(CLI::Range(0.0, 1.0))->group("Faults");
}

void describe_faults(CLI::App& app, FaultOptions& faults) {
  add_time(app, "--delay", faults.delay, "Milliseconds before every answer");
  add_share(app, "--abort", faults.abort, "Share of answers that a reset cuts short, at a random byte");
  add_share(app, "--fail", faults.fail, "Share of requests that are answered 503, or UNAVAILABLE");
  add_share(app, "--hang", faults.hang, "Share of requests that are never answered");
  add_share(app, "--refuse", faults.refuse, "HTTP/2: share of streams that are refused unprocessed");
  add_time(app, "--idle-close", faults.idle_close, "Milliseconds after which an idle connection is closed");
  app.add_option("--close-every", faults.close_every, "HTTP/1: closes, unannounced, after every n-th answer")
      ->group("Faults");
  app.add_option("--goaway-every", faults.goaway_every, "HTTP/2: GOAWAY with every n-th request of a connection")
      ->group("Faults");
  app.add_option("--seed", faults.seed, "What the faults' randomness begins with")->group("Faults");
}

}  // namespace

void describe(CLI::App& app, PodOptions& options) {
  app.add_option("--name", options.name, "Name that it answers with")->capture_default_str();
  app.add_option("--pod-version", options.version, "Version that it answers with")->capture_default_str();
  app.add_option("--address", options.address, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port for HTTP/1.1, HTTP/2 and gRPC; 0: none")->capture_default_str();
  app.add_option("--tcp-echo-port", options.tcp_echo_port, "TCP port that echoes; 0: none");
  app.add_option("--udp-echo-port", options.udp_echo_port, "UDP port that echoes; 0: none");
  app.add_option("--ledger", options.ledger, "File to append to: a line as a request begins, and one as it ends");
  app.add_option("--grace", options.grace, "Milliseconds that open connections have after SIGTERM")
      ->capture_default_str();
  app.add_flag("--close-idle", options.closes_idle, "On SIGTERM, close connections without a request at once");
  describe_faults(app, options.faults);
}

}  // namespace naru::demo
