// Layer 2's announcing alone. Commands come on standard input, a line each; what happens, and what is asked for, goes
// out as a line of JSON each:
//
//   announce [ADDRESS[@INTERFACE,...]]...    all that is owned now
//   hold [ADDRESS]...                        all that is served, whoever owns it
//   guard [ADDRESS]...                       for which the kernel must not speak
//   leftovers                                removes the rules of the dead
//   show
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/streambuf.hpp>
#include <csignal>
#include <cstdio>
#include <istream>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "lb/layer2/speaker.h"
#include "runtime/arp_guard.h"

namespace naru::lb::layer2 {
namespace {

namespace asio = boost::asio;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string json(const Conflict& conflict) {
  return fmt::format(R"({{"owner": "{}", "answers": {}, "reported": {}}})", conflict.owner.to_string(),
                     conflict.answers, conflict.reported);
}

template <class Verdict, std::size_t kCount>
std::string json(const std::array<std::uint64_t, kCount>& counters) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kCount; ++i) {
    parts.push_back(fmt::format("\"{}\": {}", to_string(static_cast<Verdict>(i)), counters[i]));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string json(const Counters& counters) {
  std::vector<std::string> addresses;
  for (const auto& [address, own] : counters.addresses) {
    addresses.push_back(fmt::format(R"("{}": {{"requests": {}, "responses": {}, "gratuitous": {}, "conflicts": {}}})",
                                    address.to_string(), own.requests_received, own.responses_sent, own.gratuitous_sent,
                                    own.conflicts_seen));
  }
  return fmt::format(
      R"("addresses": {{{}}}, "arp": {}, "ndp": {}, "frames_lost": {}, "turns_limited": {}, "send_failures": {})",
      fmt::join(addresses, ", "), json<ArpVerdict>(counters.arp), json<NdpVerdict>(counters.ndp), counters.frames_lost,
      counters.turns_limited, counters.send_failures);
}

std::string json(const Speaker& speaker) {
  std::vector<std::string> announced, interfaces;
  for (const Announced& one : speaker.announced()) {
    announced.push_back(fmt::format(R"({{"address": "{}", "interface": "{}", "settled": {}, "conflict": {}}})",
                                    one.address.to_string(), one.interface, one.settled,
                                    one.conflict ? json(*one.conflict) : "null"));
  }
  for (const InterfaceInfo& one : speaker.interfaces()) {
    interfaces.push_back(fmt::format(R"({{"name": "{}", "mac": "{}", "up": {}, "announced": {}, "fault": {}}})",
                                     one.name, one.mac.to_string(), one.up, one.announced, quoted(one.fault)));
  }
  return fmt::format(R"({{"event": "show", "announced": [{}], "interfaces": [{}], {}}})", fmt::join(announced, ", "),
                     fmt::join(interfaces, ", "), json(speaker.counters()));
}

class Tool {
 public:
  explicit Tool(asio::io_context& io) : speaker_(io, {}, events()), input_(io, ::dup(STDIN_FILENO)) {}

  bool start() {
    const auto started = speaker_.start();
    if (!started) std::fprintf(stderr, "%s\n", started.error().message.c_str());
    read();
    return started.has_value();
  }

 private:
  SpeakerEvents events() {
    SpeakerEvents events;
    events.on_conflict = [](const IpAddress& address, const std::string& interface, const Conflict& conflict) {
      say(fmt::format(R"({{"event": "conflict", "address": "{}", "interface": "{}", "conflict": {}}})",
                      address.to_string(), interface, json(conflict)));
    };
    events.on_conflict_cleared = [](const IpAddress& address, const std::string& interface) {
      say(fmt::format(R"({{"event": "cleared", "address": "{}", "interface": "{}"}})", address.to_string(), interface));
    };
    events.on_interfaces_changed = [this] {
      const auto refreshed = guard_.refresh();
      if (!refreshed) std::fprintf(stderr, "%s\n", refreshed.error().message.c_str());
      say(R"({"event": "interfaces"})");
    };
    return events;
  }

  void read() {
    asio::async_read_until(input_, buffer_, '\n', [this](const boost::system::error_code& error, std::size_t) {
      if (error) return;
      std::istream in(&buffer_);
      std::string line;
      std::getline(in, line);
      obey(line);
      read();
    });
  }

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string command, word;
    words >> command;
    std::map<IpAddress, InterfaceSelection> selections;
    std::set<IpAddress> addresses;
    while (words >> word) {
      const auto at = word.find('@');
      const IpAddress address = IpAddress::parse(word.substr(0, at)).value();
      addresses.insert(address);
      selections[address] = {};
      if (at == word.npos) continue;
      std::set<std::string> names;
      for (const auto name : split(std::string_view(word).substr(at + 1), ',')) names.emplace(name);
      selections[address] = InterfaceSelection::only(names);
    }
    if (command == "announce") speaker_.announce(selections);
    if (command == "hold") speaker_.hold(addresses);
    if (command == "guard") answer(guard_.hold(addresses));
    if (command == "leftovers")
      say(fmt::format(R"({{"event": "leftovers", "removed": {}}})", guard_.remove_leftovers().value()));
    if (command == "show") say(json(speaker_));
    say(fmt::format(R"({{"event": "done", "command": "{}"}})", command));
  }

  static void answer(const Result<void>& result) {
    if (!result) say(fmt::format(R"({{"event": "error", "message": {}}})", quoted(result.error().message)));
  }

  Speaker speaker_;
  runtime::ArpGuard guard_;
  asio::posix::stream_descriptor input_;
  asio::streambuf buffer_;
};

int run() {
  log::set_sink(
      [](log::Level, std::string_view line) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
      },
      log::Level::info);
  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](auto...) { io.stop(); });
  Tool tool(io);
  if (!tool.start()) return 1;
  io.run();
  return 0;
}

}  // namespace
}  // namespace naru::lb::layer2

int main() {
  return naru::lb::layer2::run();
}
