// naru-pod's command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "demo/faults.h"

namespace naru::demo {

struct PodOptions {
  std::string name{"pod"};
  std::string version{"v1"};
  std::string address{"127.0.0.1"};
  std::uint16_t port{8080};
  std::uint16_t tcp_echo_port{0};
  std::uint16_t udp_echo_port{0};
  std::string ledger;
  unsigned grace{5000};  // milliseconds
  bool closes_idle{false};
  FaultOptions faults;
};

void describe(CLI::App& app, PodOptions& options);

}  // namespace naru::demo
