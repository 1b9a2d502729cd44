#include "runtime/arp_guard.h"

#include <array>
#include <cstdio>

#include "runtime/arp_rules.h"
#include "tests/unit/runtime/own_network.h"

namespace naru::runtime {
namespace {

IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}

HostAddress on(const std::string& interface, const std::string& address, unsigned prefix) {
  return {ip(address), prefix, 2, interface, true, true};
}

std::string ruleset() {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen("nft list ruleset", "r"), ::pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) text.append(buffer.data(), size);
  return text;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_CASE("rules hold IPv4 addresses that are not an interface's own") {
  const std::vector<HostAddress> host{on("lo", "192.0.2.20", 32), on("eth0", "192.0.2.1", 24)};
  CHECK(holdable({}, host).empty());
  CHECK(holdable({ip("192.0.2.10"), ip("2001:db8::10")}, host) == std::set<IpAddress>{ip("192.0.2.10")});
  CHECK(holdable({ip("192.0.2.1")}, host).empty());
  CHECK(holdable({ip("192.0.2.20")}, host) == std::set<IpAddress>{ip("192.0.2.20")});
}

TEST_CASE("commands for a change of the held addresses") {
  const std::set<IpAddress> none, one{ip("192.0.2.10")}, two{ip("192.0.2.10"), ip("192.0.2.11")};
  CHECK(arp_held_change("t", none, none).empty());
  CHECK(arp_held_change("t", two, two).empty());
  CHECK(arp_held_change("t", none, two) == "add element arp t held { 192.0.2.10, 192.0.2.11 }\n");
  CHECK(arp_held_change("t", two, one) == "delete element arp t held { 192.0.2.11 }\n");
  CHECK(arp_held_change("t", one, none) == "delete element arp t held { 192.0.2.10 }\n");
}

TEST_CASE("commands for the senders of requests") {
  const std::string flush = "flush map arp t by_subnet\nflush map arp t by_interface\n";
  CHECK(arp_senders_change("t", {}) == flush);
  const std::vector<HostAddress> loopback{on("lo", "127.0.0.1", 8), on("lo", "192.0.2.20", 32)};
  CHECK(arp_senders_change("t", loopback) == flush);
  const std::vector<HostAddress> odd{on("e\" drop", "192.0.2.1", 24)};
  CHECK(arp_senders_change("t", odd) == flush);
  // Two of one subnet, and a subnet within another: the first, and the smaller one.
  const std::vector<HostAddress> many{on("a", "10.0.0.1", 8), on("a", "10.1.0.1", 16), on("a", "10.1.0.2", 16),
                                      on("b", "10.0.0.2", 8)};
  CHECK(arp_senders_change("t", many) ==
        flush + "add element arp t by_subnet { \"a\" . 10.1.0.0/16 : 10.1.0.1, \"b\" . 10.0.0.0/8 : 10.0.0.2 }\n" +
            "add element arp t by_interface { \"a\" : 10.0.0.1, \"b\" : 10.0.0.2 }\n");
}

TEST_CASE("the table comes with the first address and goes with the guard") {
  const OwnNetwork network;
  if (!network.entered()) return;
  {
    ArpGuard guard;
    REQUIRE(guard.hold({}));
    REQUIRE(guard.hold({ip("2001:db8::10")}));
    CHECK(ruleset().empty());
    REQUIRE(guard.hold({ip("192.0.2.10"), ip("192.0.2.11")}));
    CHECK(ruleset().find("192.0.2.10, 192.0.2.11") != std::string::npos);
    REQUIRE(guard.hold({ip("192.0.2.11")}));
    CHECK(ruleset().find("192.0.2.10") == std::string::npos);
    REQUIRE(guard.hold({}));
    CHECK(ruleset().find("192.0.2.11") == std::string::npos);
    CHECK(count(ruleset(), "table arp naru-") == 1);
  }
  CHECK(ruleset().empty());
}

TEST_CASE("an address that an interface gets is the kernel's from then on") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("link add one type veth peer name other");
  ArpGuard guard;
  REQUIRE(guard.hold({ip("192.0.2.10")}));
  OwnNetwork::ip("addr add 192.0.2.10/24 dev one");
  REQUIRE(guard.refresh());
  CHECK(ruleset().find("elements = { 192.0.2.10 }") == std::string::npos);
  CHECK(ruleset().find("\"one\" . 192.0.2.0/24 : 192.0.2.10") != std::string::npos);
  OwnNetwork::ip("addr del 192.0.2.10/24 dev one");
  REQUIRE(guard.refresh());
  CHECK(ruleset().find("elements = { 192.0.2.10 }") != std::string::npos);
}

TEST_CASE("rules that somebody flushed are made anew") {
  const OwnNetwork network;
  if (!network.entered()) return;
  ArpGuard guard;
  REQUIRE(guard.hold({ip("192.0.2.10")}));
  REQUIRE(std::system("nft flush ruleset") == 0);
  REQUIRE(guard.refresh());
  CHECK(ruleset().find("192.0.2.10") != std::string::npos);
  REQUIRE(std::system("nft flush ruleset") == 0);
  REQUIRE(guard.hold({ip("192.0.2.10"), ip("192.0.2.11")}));
  CHECK(ruleset().find("192.0.2.10, 192.0.2.11") != std::string::npos);
}

TEST_CASE("tables of the dead are removed, those of the living and of others are not") {
  const OwnNetwork network;
  if (!network.entered()) return;
  REQUIRE(std::system("nft add table arp naru-77 && nft add table arp naru-x && nft add table ip naru-78") == 0);
  ArpGuard living, guard;
  REQUIRE(living.hold({ip("192.0.2.10")}));
  REQUIRE(guard.hold({ip("192.0.2.10")}));
  const auto removed = guard.remove_leftovers();
  REQUIRE(removed);
  CHECK(*removed == 1);
  CHECK(count(ruleset(), "table arp naru-") == 3);
  CHECK(count(ruleset(), "table ip naru-78") == 1);
}

}  // namespace
}  // namespace naru::runtime
