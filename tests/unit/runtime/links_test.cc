#include "runtime/links.h"

#include <linux/rtnetlink.h>
#include <poll.h>

#include <algorithm>

#include "tests/unit/runtime/own_network.h"

namespace naru::runtime {
namespace {

/// Waits for what must come; what is awaited is sent by the kernel before the command that causes it returns, or soon.
bool until(Links& links, const std::function<bool()>& condition) {
  for (int turns = 0; turns < 100; ++turns) {
    if (condition()) return true;
    pollfd wait{links.fd(), POLLIN, 0};
    if (::poll(&wait, 1, 5000) != 1) return false;
    REQUIRE(links.update());
  }
  return false;
}

const Link* named(const Links& links, const std::string& name) {
  const auto found = std::find_if(links.all().begin(), links.all().end(),
                                  [&](const auto& entry) { return entry.second.name == name; });
  return found == links.all().end() ? nullptr : &found->second;
}

bool has(const Link* link, const std::string& address) {
  const IpAddress ip = IpAddress::parse(address).value();
  return link != nullptr && std::any_of(link->addresses.begin(), link->addresses.end(),
                                        [&](const LinkAddress& own) { return own.ip == ip; });
}

TEST_CASE("interfaces are followed as they come, change and go") {
  const OwnNetwork network;
  if (!network.entered()) return;
  Links links;
  REQUIRE(links.open());
  REQUIRE(named(links, "lo") != nullptr);
  CHECK(named(links, "lo")->loopback);
  CHECK(has(named(links, "lo"), "127.0.0.1"));
  CHECK_FALSE(links.update().value());

  OwnNetwork::ip("link add one address 02:00:00:00:00:01 type veth peer name other");
  REQUIRE(until(links, [&] { return named(links, "one") != nullptr && named(links, "other") != nullptr; }));
  CHECK(named(links, "one")->mac == MacAddress({2, 0, 0, 0, 0, 1}));
  CHECK(named(links, "one")->ethernet);
  CHECK(named(links, "one")->broadcast);
  CHECK(named(links, "one")->arp);
  CHECK_FALSE(named(links, "one")->up);

  OwnNetwork::ip("link set one up");
  OwnNetwork::ip("link set other up");
  CHECK(until(links, [&] { return named(links, "one")->up; }));
  OwnNetwork::ip("link set other down");
  CHECK(until(links, [&] { return !named(links, "one")->up; }));  // no carrier

  OwnNetwork::ip("addr add 192.0.2.1/24 dev one");
  OwnNetwork::ip("addr add 2001:db8::1/64 dev one nodad");
  CHECK(until(links, [&] { return has(named(links, "one"), "192.0.2.1") && has(named(links, "one"), "2001:db8::1"); }));
  OwnNetwork::ip("addr del 192.0.2.1/24 dev one");
  CHECK(until(links, [&] { return !has(named(links, "one"), "192.0.2.1"); }));

  OwnNetwork::ip("link set one address 02:00:00:00:00:02 arp off");
  CHECK(until(links, [&] { return named(links, "one")->mac == MacAddress({2, 0, 0, 0, 0, 2}); }));
  CHECK(until(links, [&] { return !named(links, "one")->arp; }));
  OwnNetwork::ip("link set one name renamed");
  CHECK(until(links, [&] { return named(links, "renamed") != nullptr && named(links, "one") == nullptr; }));
  OwnNetwork::ip("link del renamed");
  CHECK(until(links, [&] { return named(links, "renamed") == nullptr && named(links, "other") == nullptr; }));
}

TEST_CASE("a port that leaves its bridge stays an interface") {
  const OwnNetwork network;
  if (!network.entered()) return;
  Links links;
  REQUIRE(links.open());
  OwnNetwork::ip("link add bridge type bridge");
  OwnNetwork::ip("link add port type veth peer name other");
  OwnNetwork::ip("link set port master bridge");
  REQUIRE(until(links, [&] { return named(links, "port") != nullptr && named(links, "port")->master != 0; }));
  CHECK(named(links, "port")->master == named(links, "bridge")->index);
  OwnNetwork::ip("link set port nomaster");
  CHECK(until(links, [&] { return named(links, "port") != nullptr && named(links, "port")->master == 0; }));
}

TEST_CASE("more changes than the socket holds are read afresh") {
  const OwnNetwork network;
  if (!network.entered()) return;
  Links links;
  REQUIRE(links.open());
  const int small = 2048;
  REQUIRE(::setsockopt(links.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &small, sizeof small) == 0);
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    OwnNetwork::ip("link add a" + number + " type veth peer name b" + number);
  }
  REQUIRE(links.update().value());
  CHECK(links.all().size() == 41);
  CHECK(named(links, "b19") != nullptr);
}

TEST_CASE("messages that say nothing of a link change nothing") {
  LinkTable table;
  Netlink::Message other(RTM_NEWROUTE, 0);
  other.put_header<rtmsg>();
  CHECK_FALSE(table.apply(*other.get()));
  Netlink::Message wireless(RTM_NEWLINK, 0);  // no MTU: not a whole description
  wireless.put_header<ifinfomsg>().ifi_index = 3;
  CHECK_FALSE(table.apply(*wireless.get()));
  Netlink::Message whole(RTM_NEWLINK, 0);
  whole.put_header<ifinfomsg>().ifi_index = 3;
  whole.put(IFLA_MTU, 1500U);
  CHECK(table.apply(*whole.get()));
  CHECK_FALSE(table.apply(*whole.get()));
  Netlink::Message bridge(RTM_DELLINK, 0);
  auto& header = bridge.put_header<ifinfomsg>();
  header.ifi_index = 3;
  header.ifi_family = AF_BRIDGE;
  CHECK_FALSE(table.apply(*bridge.get()));
  CHECK(table.links().contains(3));
}

}  // namespace
}  // namespace naru::runtime
