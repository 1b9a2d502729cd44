// BGP without the rest of naru, told by lines on standard input, each a command and JSON:
//   peers [{"name": ..., "myASN": ..., "peerASN": ..., "peerAddress": ..., ...}, ...]   all that there are to be
//   routes {"<peer>": [{"prefix": ..., "localPref": ..., "communities": [...], "large": [[a, b, c], ...]}, ...], ...}
//   many PEER COUNT      so many /32 from 10.128.0.0 on, instead of what it has
//   show                 a line of JSON: [{"peer": ..., "state": ...}, ...]
//   link_failed PEER
//   stop [keep]          shut_down, and the end
// Arguments: --listen ADDRESS:PORT ..., --router-id ADDRESS, --restart-time SECONDS. Says "state PEER FROM TO" for each
// change.
#include <fmt/core.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "base/log.h"
#include "lb/bgp/speaker.h"

namespace naru::lb::bgp {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string text_of(const json::value& value) {
  return std::string(std::string_view(value.as_string()));
}

template <class T>
T number_of(const json::value& value) {
  return value.to_number<T>();
}

std::optional<IpAddress> address_in(const json::object& from, const char* name) {
  const json::value* value = from.if_contains(name);
  if (value == nullptr) return std::nullopt;
  return IpAddress::parse(text_of(*value)).value();
}

std::optional<std::chrono::seconds> seconds_in(const json::object& from, const char* name) {
  const json::value* value = from.if_contains(name);
  if (value == nullptr) return std::nullopt;
  return std::chrono::seconds(number_of<int>(*value));
}

bool flag_in(const json::object& from, const char* name) {
  const json::value* value = from.if_contains(name);
  return value != nullptr && value->as_bool();
}

PeerSettings peer_of(const json::object& from) {
  PeerSettings peer;
  peer.name = text_of(from.at("name"));
  peer.my_asn = number_of<std::uint32_t>(from.at("myASN"));
  if (const auto* asn = from.if_contains("peerASN")) peer.peer_asn = number_of<std::uint32_t>(*asn);
  if (const auto* kind = from.if_contains("dynamicASN")) {
    peer.dynamic_asn = *kind == "internal" ? DynamicAsn::internal : DynamicAsn::external;
  }
  peer.address = *address_in(from, "peerAddress");
  if (const auto* port = from.if_contains("peerPort")) peer.port = Port(number_of<std::uint16_t>(*port));
  peer.source_address = address_in(from, "sourceAddress");
  peer.router_id = address_in(from, "routerID");
  peer.hold_time = seconds_in(from, "holdTime").value_or(peer.hold_time);
  peer.keepalive_time = seconds_in(from, "keepaliveTime");
  peer.connect_time = seconds_in(from, "connectTime");
  if (const auto* password = from.if_contains("password")) peer.password = text_of(*password);
  peer.ebgp_multi_hop = flag_in(from, "ebgpMultiHop");
  peer.graceful_restart = flag_in(from, "enableGracefulRestart");
  peer.dual_stack = flag_in(from, "dualStack");
  peer.passive = flag_in(from, "passive");
  return peer;
}

Route route_of(const json::object& from) {
  Route route{Cidr::parse(text_of(from.at("prefix"))).value(), {}};
  RouteAttributes& attributes = route.attributes;
  if (const auto* value = from.if_contains("localPref")) attributes.local_pref = number_of<std::uint32_t>(*value);
  if (const auto* list = from.if_contains("communities")) {
    for (const json::value& one : list->as_array()) attributes.communities.push_back(number_of<std::uint32_t>(one));
  }
  if (const auto* list = from.if_contains("large")) {
    for (const json::value& one : list->as_array()) {
      attributes.large_communities.push_back({number_of<std::uint32_t>(one.at(0)), number_of<std::uint32_t>(one.at(1)),
                                              number_of<std::uint32_t>(one.at(2))});
    }
  }
  return route;
}

json::object shown(const SessionView& view) {
  json::object out{{"peer", view.peer}, {"state", to_string(view.state)}, {"peer_asn", view.peer_asn}};
  out["local"] = view.local ? view.local->to_string() : "";
  out["router_id"] = view.peer_router_id ? view.peer_router_id->to_string() : "";
  out["hold"] = view.hold_time ? view.hold_time->count() : -1;
  out["ipv4"] = view.ipv4;
  out["ipv6"] = view.ipv6;
  out["graceful_restart"] = view.graceful_restart;
  out["announced"] = view.announced_prefixes;
  out["pending"] = view.pending_prefixes;
  out["impossible"] = view.impossible_prefixes;
  out["messages_sent"] = view.counters.messages_sent;
  out["messages_received"] = view.counters.messages_received;
  out["updates_sent"] = view.counters.updates_sent;
  out["updates_received"] = view.counters.updates_received;
  out["malformed"] = view.counters.malformed_updates_received;
  out["times_established"] = view.counters.times_established;
  out["reason"] = to_string(view.last_end ? view.last_end->reason : EndReason::none);
  out["text"] = view.last_end ? view.last_end->text : "";
  return out;
}

class Tool {
 public:
  explicit Tool(SpeakerOptions options)
      : input_(io_, ::dup(STDIN_FILENO)), speaker_(io_, std::move(options), events()) {}

  void run() {
    read();
    io_.run();
  }

 private:
  static SpeakerEvents events() {
    return {[](const std::string& peer, State from, State to) {
      say(fmt::format("state {} {} {}", peer, to_string(from), to_string(to)));
    }};
  }

  void read() {
    asio::async_read_until(input_, asio::dynamic_buffer(text_), '\n', [this](const auto& failure, std::size_t size) {
      if (failure) return io_.stop();
      obey(std::string(text_, 0, size - 1));
      text_.erase(0, size);
      read();
    });
  }

  void obey(const std::string& line) {
    const std::size_t space = line.find(' ');
    const std::string command = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (command == "peers") return set_peers(json::parse(rest).as_array());
    if (command == "routes") return set_routes(json::parse(rest).as_object());
    if (command == "many") return set_many(rest.substr(0, rest.find(' ')), std::stoul(rest.substr(rest.find(' '))));
    if (command == "show") return show();
    if (command == "link_failed") return speaker_.link_failed(rest);
    const Stop stop = rest == "keep" ? Stop::keep_routes : Stop::withdraw;
    if (command == "stop") speaker_.shut_down(stop, [this] { io_.stop(); });
  }

  void set_peers(const json::array& list) {
    std::vector<PeerSettings> peers;
    for (const json::value& one : list) peers.push_back(peer_of(one.as_object()));
    speaker_.set_peers(std::move(peers));
  }

  void set_routes(const json::object& lists) {
    routes_.clear();
    for (const auto& [peer, list] : lists) {
      for (const json::value& one : list.as_array()) routes_[std::string(peer)].push_back(route_of(one.as_object()));
      routes_.try_emplace(std::string(peer));
    }
    speaker_.set_routes(routes_);
  }

  void set_many(const std::string& peer, std::size_t count) {
    std::vector<Route>& routes = routes_[peer];
    routes.clear();
    for (std::size_t i = 0; i < count; ++i) routes.push_back({Cidr::host(IpAddress::v4(0x0a800000).plus(i)), {}});
    speaker_.set_routes(routes_);
  }

  void show() {
    json::array list;
    for (const SessionView& view : speaker_.sessions()) list.push_back(shown(view));
    say(json::serialize(list));
  }

  asio::io_context io_;
  asio::posix::stream_descriptor input_;
  std::string text_;
  std::map<std::string, std::vector<Route>> routes_;
  Speaker speaker_;
};

SpeakerOptions options_of(int count, char** words) {
  SpeakerOptions options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    const std::string value = words[i + 1];
    if (name == "--listen") options.listen.push_back(SocketAddress::parse(value).value());
    if (name == "--router-id") options.router_id = IpAddress::parse(value).value();
    if (name == "--restart-time") options.restart_time = std::chrono::seconds(std::stoi(value));
  }
  return options;
}

}  // namespace
}  // namespace naru::lb::bgp

int main(int count, char** words) {
  naru::log::set_sink([](auto, std::string_view line) { std::cerr << line << std::endl; }, naru::log::Level::debug);
  naru::lb::bgp::Tool(naru::lb::bgp::options_of(count, words)).run();
  return 0;
}
