// BFD without the rest of naru, told by lines on standard input:
//   session PEER LOCAL|- MULTIPLIER TX_MS RX_MS [passive] [multihop MINIMUM_TTL]
//   apply        the sessions named since the last one are all that there are to be
//   show         a line of JSON: [{"peer": ..., "state": ...}, ...]
//   counters     a line of JSON
//   stop         AdminDown to all, and the end
// and which writes "state SECONDS PEER STATE DIAGNOSTIC REMOTE" when a session changes, by the monotonic clock.
#include <fmt/core.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "base/log.h"
#include "lb/bfd/speaker.h"

namespace naru::lb::bfd {
namespace {

namespace asio = boost::asio;

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

double seconds_of(TimePoint time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::string shown(const SessionInfo& info) {
  return fmt::format(
      R"({{"peer": "{}", "state": "{}", "diagnostic": {}, "remote": "{}", "remote_diagnostic": {}, "local_id": {}, )"
      R"("remote_id": {}, "interval_us": {}, "detection_us": {}, "received": {}, "sent": {}, "up": {}, "down": {}, )"
      R"("fault": "{}"}})",
      info.key.peer.to_string(), to_string(info.state), static_cast<int>(info.diagnostic), to_string(info.remote_state),
      static_cast<int>(info.remote_diagnostic), info.local_discriminator, info.remote_discriminator,
      info.transmit_interval.count(),
      std::chrono::duration_cast<std::chrono::microseconds>(info.detection_time).count(), info.received, info.sent,
      info.times_up, info.times_down, info.fault.value_or(""));
}

std::string counted(const Counters& counters) {
  std::string text =
      fmt::format(R"({{"received": {}, "sent": {}, "detections": {}, "stalls": {})", counters.received.value(),
                  counters.sent.value(), counters.detections.value(), counters.stalls.value());
  for (std::size_t i = 0; i < kDiscards; ++i) {
    text += fmt::format(R"(, "{}": {})", to_string(static_cast<Discard>(i)), counters.discarded[i].value());
  }
  return text + "}";
}

std::pair<SessionKey, SessionSettings> session_of(std::istream& words) {
  std::string peer, local, word;
  std::uint32_t multiplier{}, tx{}, rx{};
  words >> peer >> local >> multiplier >> tx >> rx;
  SessionKey key{IpAddress::parse(peer).value(), std::nullopt};
  if (local != "-") key.local = IpAddress::parse(local).value();
  SessionSettings settings;
  settings.detect_multiplier = static_cast<std::uint8_t>(multiplier);
  settings.desired_min_tx = std::chrono::milliseconds(tx);
  settings.required_min_rx = std::chrono::milliseconds(rx);
  while (words >> word) {
    if (word == "passive") settings.passive = true;
    if (word == "multihop" && words >> multiplier) {
      settings.multihop = true;
      settings.minimum_ttl = static_cast<std::uint8_t>(multiplier);
    }
  }
  return {key, settings};
}

class Judge {
 public:
  explicit Judge(asio::io_context& io) : io_(io), input_(io, STDIN_FILENO), speaker_(io, {on_state}) {}

  void read() {
    asio::async_read_until(input_, asio::dynamic_buffer(text_), '\n', [this](auto failed, std::size_t size) {
      if (failed) return io_.stop();
      obey(text_.substr(0, size - 1));
      text_.erase(0, size);
      if (!io_.stopped()) read();
    });
  }

 private:
  static void on_state(const SessionKey& key, const Transition& change) {
    say(fmt::format("state {:.6f} {} {} {} {}", seconds_of(Clock::now()), key.peer.to_string(), to_string(change.to),
                    static_cast<int>(change.diagnostic), to_string(change.remote)));
  }

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "session") wanted_.insert(session_of(words));
    if (verb == "apply") speaker_.set_sessions(std::exchange(wanted_, {}));
    if (verb == "show") show();
    if (verb == "counters") say(counted(speaker_.counters()));
    if (verb == "stop") {
      speaker_.shut_down();
      io_.stop();
    }
  }

  void show() const {
    std::string text;
    for (const auto& info : speaker_.sessions()) text += (text.empty() ? "" : ", ") + shown(info);
    say("[" + text + "]");
  }

  asio::io_context& io_;
  asio::posix::stream_descriptor input_;
  Speaker speaker_;
  std::string text_;
  std::map<SessionKey, SessionSettings> wanted_;
};

}  // namespace
}  // namespace naru::lb::bfd

int main() {
  naru::log::set_sink([](auto, std::string_view line) { std::cerr << line << std::endl; }, naru::log::Level::debug);
  boost::asio::io_context io(1);
  naru::lb::bfd::Judge judge(io);
  judge.read();
  io.run();
}
