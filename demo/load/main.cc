// naru-load: asks at a fixed rate, gives every request an id, checks every answer, and records what became of each.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <map>

#include "demo/load/schedule.h"

namespace {

using namespace naru::demo;

struct Options {
  std::string address{"127.0.0.1"};
  std::uint16_t port{8080};
  std::string out;
  std::size_t connections{0};
  unsigned seconds{60};
  unsigned timeout{5000};
  bool close{false};
  Plan plan;
};

const std::map<std::string, Protocol> kProtocols{
    {"http1", Protocol::http1}, {"h2", Protocol::h2}, {"grpc", Protocol::grpc}};

void describe(CLI::App& app, Options& options) {
  app.add_option("--address", options.address, "Address to ask")->capture_default_str();
  app.add_option("--port", options.port, "Port to ask")->capture_default_str();
  app.add_option("--protocol", options.plan.target.protocol, "http1, h2 or grpc")
      ->transform(CLI::CheckedTransformer(kProtocols));
  app.add_option("--rate", options.plan.rate, "Requests a second")->capture_default_str()->check(CLI::Range(0.1, 1e6));
  app.add_option("--seconds", options.seconds, "How long; SIGINT ends it earlier")->capture_default_str();
  app.add_option("--timeout", options.timeout, "Milliseconds that a request may take")->capture_default_str();
  app.add_option("--connections", options.connections, "Connections to keep; default: 16, and 4 for HTTP/2");
  app.add_flag("--close", options.close, "HTTP/1: a connection for every request");
  app.add_option("--post-every", options.plan.post_every, "Every n-th request is a POST; 0: none")
      ->capture_default_str();
  app.add_option("--size", options.plan.size, "Bytes of the largest body")->capture_default_str();
  app.add_option("--name", options.plan.name, "What the requests' ids begin with")->capture_default_str();
  app.add_option("--out", options.out, "File for a line of JSON for each request")->required();
}

ClientOptions client_options(const Options& options) {
  ClientOptions out;
  out.to = {boost::asio::ip::make_address(options.address), options.port};
  const auto address = out.to.address().is_v6() ? fmt::format("[{}]", options.address) : options.address;
  out.host = fmt::format("{}:{}", address, options.port);
  const bool http1 = options.plan.target.protocol == Protocol::http1;
  out.connections = options.connections != 0 ? options.connections : http1 ? 16 : 4;
  out.close = options.close;
  out.timeout = std::chrono::milliseconds(options.timeout);
  return out;
}

void run(Options options) {
  boost::asio::io_context io{1};
  Recorder recorder(options.out);
  options.plan.run = std::chrono::seconds(options.seconds);
  const auto wanted = client_options(options);
  const bool http1 = options.plan.target.protocol == Protocol::http1;
  const auto client = http1 ? make_http1_client(io, wanted) : make_http2_client(io, wanted);
  Schedule schedule(io, options.plan, *client, recorder);
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](boost::system::error_code error, int) {
    if (!error) schedule.stop();
  });
  schedule.start([&] { io.stop(); });
  io.run();
  fmt::print("{}\n", recorder.summary(schedule.sent(), schedule.late()));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Asks at a fixed rate, and records what became of every request."};
  describe(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    run(std::move(options));
  } catch (const std::exception& error) {
    fmt::print(stderr, "naru-load: {}\n", error.what());
    return 1;
  }
  return 0;
}
