#include "runtime/transparent_routing.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "own_network.h"

namespace naru::runtime {
namespace {

/// What the command says.
std::string said_by(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"), ::pclose);
  std::string text;
  char buffer[4096];
  while (pipe && std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr) text += buffer;
  return text;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("answers to transparent sockets that are connected are marked, with a mark that leaves others' bits alone") {
  const std::string script = marking_script("t");
  CHECK(has(script, "add table inet t { flags owner; }\n"));
  CHECK(has(script, "socket transparent 1 socket wildcard 0 meta mark set meta mark & 0xffff0000 | 0x204e\n"));
}

TEST_CASE("rule, route and table are put in place for each family and removed") {
  const OwnNetwork network;
  if (!network.entered()) return;
  {
    TransparentRouting routing;
    REQUIRE(routing.add(Family::ipv4));
    CHECK(has(said_by("ip rule"), "7801:\tfrom all fwmark 0x204e/0xffff lookup 7801 proto 78"));
    CHECK(has(said_by("ip route show table 7801"), "local default dev lo proto 78"));
    CHECK(said_by("ip -6 rule").find("204e") == std::string::npos);
    CHECK(has(said_by("nft list tables"), "table inet naru-source-1"));
    REQUIRE(routing.add(Family::ipv6));
    REQUIRE(routing.add(Family::ipv6));
    CHECK(has(said_by("ip -6 rule"), "fwmark 0x204e/0xffff lookup 7801"));
    CHECK(has(said_by("ip -6 route show table 7801"), "local default dev lo proto 78"));
    routing.clear();
    CHECK(routing.empty());
    CHECK(said_by("ip rule; ip -6 rule; nft list tables").find("204e") == std::string::npos);
    CHECK(said_by("nft list tables").empty());
    REQUIRE(routing.add(Family::ipv4));  // again
  }
  CHECK(said_by("ip rule").find("204e") == std::string::npos);
  CHECK(said_by("nft list tables").empty());
  CHECK(said_by("ip route show table all proto 78").empty());
}

TEST_CASE("each process has a number of its own, and leaves the others' alone") {
  const OwnNetwork network;
  if (!network.entered()) return;
  TransparentRouting first;
  REQUIRE(first.add(Family::ipv4));
  {
    TransparentRouting second;
    REQUIRE(second.add(Family::ipv4));
    CHECK(has(said_by("ip rule"), "lookup 7802"));
    CHECK(second.remove_leftovers().value() == 0);
  }
  CHECK(has(said_by("ip rule"), "lookup 7801"));
  CHECK(said_by("ip rule").find("lookup 7802") == std::string::npos);
}

TEST_CASE("what a killed process has left is removed, and what only looks like it is not") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("rule add fwmark 0x204e/0xffff lookup 7805 priority 7805 protocol 78");
  OwnNetwork::ip("route add local default dev lo table 7805 proto 78");
  OwnNetwork::ip("-6 route add local default dev lo table 7806 proto 78");  // killed before the rule was there
  OwnNetwork::ip("rule add fwmark 0x204e/0xffff lookup 7807 priority 7807");
  OwnNetwork::ip("rule add fwmark 0x1/0x1 lookup 100 priority 100 protocol 78");
  TransparentRouting routing;
  CHECK(routing.remove_leftovers().value() == 2);
  CHECK(said_by("ip rule").find("7805") == std::string::npos);
  CHECK(said_by("ip route show table all proto 78; ip -6 route show table all proto 78").empty());
  CHECK(has(said_by("ip rule"), "lookup 7807"));
  CHECK(has(said_by("ip rule"), "lookup 100"));
  CHECK(routing.remove_leftovers().value() == 0);
}

TEST_CASE("a number that a killed process had is taken with what it left") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("rule add fwmark 0x204e/0xffff lookup 7801 priority 7801 protocol 78");
  OwnNetwork::ip("-6 rule add fwmark 0x204e/0xffff lookup 7801 priority 7801 protocol 78");
  OwnNetwork::ip("route add local default dev lo table 7801 proto 78");
  TransparentRouting routing;
  REQUIRE(routing.add(Family::ipv4));
  CHECK(said_by("ip -6 rule").find("7801") == std::string::npos);
  routing.clear();
  CHECK(said_by("ip rule").find("7801") == std::string::npos);
}

}  // namespace
}  // namespace naru::runtime
