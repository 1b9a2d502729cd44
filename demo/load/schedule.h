// Sends at a fixed rate, whatever comes back: a slow server gets no fewer requests, and cannot hide its slowness.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>

#include "demo/load/client.h"
#include "demo/load/recorder.h"

namespace naru::demo {

struct Plan {
  Target target;
  double rate{300};  // requests a second
  std::chrono::milliseconds run{60'000};
  unsigned post_every{3};  // every n-th request is a POST; 0: none
  std::size_t size{1000};  // bytes of the largest body; smaller ones take turns with it
  std::string name{"r"};   // ids begin with it
};

class Schedule {
 public:
  Schedule(boost::asio::io_context& io, Plan plan, Client& client, Recorder& recorder);

  /// `on_end` is called when nothing more will be sent and everything sent is known.
  void start(std::function<void()> on_end);
  void stop();
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  /// The longest time by which a request was sent too late: the machine stood still, and what was measured says little.
  [[nodiscard]] std::chrono::steady_clock::duration late() const { return late_; }

 private:
  void tick();
  void send(std::chrono::steady_clock::time_point due);
  void finished(const Exchange& exchange, Outcome outcome, std::chrono::steady_clock::time_point due);
  void end_if_done();

  Plan plan_;
  Client& client_;
  Recorder& recorder_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point began_;
  std::function<void()> on_end_;
  std::chrono::steady_clock::duration late_{};
  std::uint64_t sent_{0};
  std::uint64_t known_{0};
  bool stopped_{false};
};

}  // namespace naru::demo
