#include "runtime/flow_handover.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "own_network.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {
namespace {

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}
TcpFlow flow(const char* local, const char* peer) {
  return {SocketAddress::parse(local).value(), SocketAddress::parse(peer).value()};
}
bool has(const std::string& script, const std::string& line) {
  return script.find(line + "\n") != std::string::npos;
}

TEST_CASE("a handover is a table for each family, made in one transaction") {
  const std::string script =
      handover_script("t", {{ip("203.0.113.1"), ip("192.168.1.101")}, {ip("fd00::1"), ip("fd00::101")}},
                      {flow("203.0.113.1:80", "198.51.100.1:40000")}, false);
  CHECK(has(script, "add element ip t previous { 203.0.113.1 : 192.168.1.101 }"));
  CHECK(has(script, "add element ip t moved { 203.0.113.1 }"));
  CHECK(has(script, "add element ip t own { 198.51.100.1 . 40000 . 203.0.113.1 . 80 }"));
  CHECK(has(script, "add element ip6 t previous { fd00::1 : fd00::101 }"));
  CHECK_FALSE(script.find("add element ip6 t own") != std::string::npos);
  CHECK(script.find("delete") == std::string::npos);
}

TEST_CASE("what there was is replaced, and nothing is left of nothing") {
  CHECK(has(handover_script("t", {{ip("203.0.113.1"), ip("192.168.1.101")}}, {}, true), "delete table ip t"));
  CHECK(handover_script("t", {}, {}, true) == "delete table ip t\ndelete table ip6 t\n");
  CHECK(handover_script("t", {}, {}, false).empty());
}

TEST_CASE("an address whose node is of the other family is left alone") {
  const std::string script = handover_script("t", {{ip("203.0.113.1"), ip("fd00::101")}}, {}, false);
  CHECK(script.find("add element") == std::string::npos);
}

TEST_CASE("the kernel takes the table, and changes of it, and lets go of it") {
  const OwnNetwork network;
  if (!network.entered()) return;
  FlowHandover handover;
  std::map<IpAddress, IpAddress> nodes{{ip("203.0.113.1"), ip("192.168.1.101")}};
  REQUIRE(handover.hold(nodes).has_value());
  nodes[ip("203.0.113.2")] = ip("192.168.1.102");
  nodes[ip("fd00::1")] = ip("fd00::101");
  REQUIRE(handover.hold(nodes).has_value());
  REQUIRE(handover.hold(nodes).has_value());
  nodes.erase(ip("203.0.113.1"));
  REQUIRE(handover.hold(nodes).has_value());
  REQUIRE(handover.hold({}).has_value());
  REQUIRE(handover.hold({}).has_value());
}

TEST_CASE("connections to an address are found, whoever holds them") {
  const OwnNetwork network;
  if (!network.entered()) return;
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(0x7f000005);
  socklen_t size = sizeof at;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  CHECK(tcp_flows({ip("127.0.0.5")}).value().empty());  // listening is no connection
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
  REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr*>(&at), size) == 0);
  const auto found = tcp_flows({ip("127.0.0.5"), ip("fd00::5")}).value();
  REQUIRE(found.size() == 1);
  CHECK(found.begin()->local.port.value() == ntohs(at.sin_port));
  CHECK(tcp_flows({ip("127.0.0.6")}).value().empty());
}

}  // namespace
}  // namespace naru::runtime
