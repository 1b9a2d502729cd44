#include "runtime/local_routes.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <thread>

#include "own_network.h"
#include "runtime/host_addresses.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

const Cidr kServices = Cidr::parse("10.96.0.0/12").value();
const Cidr kServices6 = Cidr::parse("fd96::/112").value();

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}
bool local(const char* address) {
  return is_local(ip(address)).value();
}

/// Adds the routes in a process that is killed before it can clean up.
void add_in_a_process_that_dies(const Cidr& cidr) {
  const pid_t child = ::fork();
  if (child == 0) {
    LocalRoutes routes;
    ::_exit(routes.add(cidr).has_value() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

TEST_CASE("a prefix is local for as long as its owner lives") {
  const OwnNetwork network;
  if (!network.entered()) return;
  CHECK_FALSE(local("10.96.0.1"));
  {
    LocalRoutes routes;
    REQUIRE(routes.add(kServices).has_value());
    REQUIRE(routes.add(kServices).has_value());  // twice is once
    REQUIRE(routes.add(kServices6).has_value());
    CHECK(routes.added() == std::set<Cidr>{kServices, kServices6});
    CHECK(local("10.96.0.0"));
    CHECK(local("10.111.255.255"));
    CHECK_FALSE(local("10.112.0.0"));
    CHECK(local("fd96::ffff"));
    CHECK_FALSE(local("fd96::1:0"));

    routes.remove(kServices);
    routes.remove(kServices);
    CHECK_FALSE(local("10.96.0.1"));
    CHECK(local("fd96::1"));
  }
  CHECK_FALSE(local("fd96::1"));
}

TEST_CASE("what is local anyway needs no route") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("link add d0 type veth peer name p0");
  OwnNetwork::ip("link set d0 up");
  OwnNetwork::ip("link set p0 up");
  OwnNetwork::ip("address add 198.51.100.7/24 dev d0");
  LocalRoutes routes;
  for (const char* cidr : {"127.0.0.0/8", "127.96.0.0/12", "127.1.2.3/32", "::1/128", "198.51.100.7/32"}) {
    INFO(cidr);
    CHECK(routes.add(Cidr::parse(cidr).value()).has_value());
  }
  CHECK(routes.added().empty());
  CHECK(routes.add(Cidr::parse("198.51.100.8/32").value()).has_value());  // an address of the LAN for a load balancer
  CHECK(routes.added().size() == 1);
}

// A service CIDR of 198.0.0.0/8 on a host with 198.51.100.7/24 would make the host deaf to its whole LAN.
TEST_CASE("a prefix that holds the host's own subnet is refused") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("link add d0 type veth peer name p0");
  OwnNetwork::ip("link set d0 up");
  OwnNetwork::ip("link set p0 up");
  OwnNetwork::ip("address add 198.51.100.7/24 dev d0");
  OwnNetwork::ip("address add 10.99.0.1/32 dev d0");  // alone: it has no neighbours to lose
  LocalRoutes routes;
  const auto refused = routes.add(Cidr::parse("198.0.0.0/8").value());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().message.find("198.51.100.7, the address of d0") != std::string::npos);
  CHECK(routes.add(kServices).has_value());
}

TEST_CASE("two naru on one host: a prefix stays until the last one goes") {
  const OwnNetwork network;
  if (!network.entered()) return;
  LocalRoutes first;
  REQUIRE(first.add(kServices).has_value());
  {
    LocalRoutes second;
    REQUIRE(second.add(kServices).has_value());
    CHECK(second.remove_leftovers().value() == 0);  // the first is alive
    first.remove(kServices);
    CHECK(local("10.96.0.1"));
  }
  CHECK_FALSE(local("10.96.0.1"));
}

TEST_CASE("a killed naru's routes are removed, and a living one's are not") {
  const OwnNetwork network;
  if (!network.entered()) return;
  add_in_a_process_that_dies(kServices);
  add_in_a_process_that_dies(kServices);
  add_in_a_process_that_dies(kServices6);
  OwnNetwork::ip("route add local 172.30.0.0/16 dev lo table local");  // somebody else's
  CHECK(local("10.96.0.1"));

  LocalRoutes living;
  REQUIRE(living.add(kServices).has_value());
  CHECK(living.remove_leftovers().value() == 3);
  CHECK(living.remove_leftovers().value() == 0);
  CHECK(local("10.96.0.1"));
  CHECK_FALSE(local("fd96::1"));
  CHECK(local("172.30.0.1"));
  living.remove(kServices);
  CHECK_FALSE(local("10.96.0.1"));
}

TEST_CASE("addresses within a local route can be listened on, in both families") {
  const OwnNetwork network;
  if (!network.entered()) return;
  LocalRoutes routes;
  const SocketAddress v4{ip("10.96.0.10"), Port(53)};
  const SocketAddress v6{ip("fd96::a"), Port(53)};
  CHECK_FALSE(bind_udp(v4, 65536).has_value());
  CHECK_FALSE(bind_udp(v6, 65536).has_value());
  REQUIRE(routes.add(kServices).has_value());
  REQUIRE(routes.add(kServices6).has_value());
  for (const SocketAddress& address : {v4, v6}) {
    INFO(address.to_string());
    CHECK(listen_tcp(address).has_value());
    const auto server = bind_udp(address, 65536);
    REQUIRE(server.has_value());
    const auto client = connect_udp(address);
    REQUIRE(client.has_value());
    REQUIRE(::send(client->get(), "q", 1, 0) == 1);
    KernelAddress from;
    char byte = 0;
    REQUIRE(::recvfrom(server->get(), &byte, 1, 0, from.get(), &from.size) == 1);
    REQUIRE(::sendto(server->get(), "a", 1, 0, from.get(), from.size) == 1);
    CHECK(::recv(client->get(), &byte, 1, 0) == 1);  // connected: only from the address that it asked
  }
}

/// Gives up the calling thread's capabilities, for good.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  REQUIRE(::syscall(SYS_capset, &header, none) == 0);
}

TEST_CASE("without the privilege it says how to get it, and accepts what was done beforehand") {
  const OwnNetwork network;
  if (!network.entered()) return;
  OwnNetwork::ip("route add local 10.96.0.0/12 dev lo table local");
  Result<void> prepared = Error{};
  Result<void> refused = Error{};
  std::thread([&] {
    drop_capabilities();
    LocalRoutes routes;
    prepared = routes.add(kServices);
    refused = routes.add(kServices6);
  }).join();
  CHECK(prepared.has_value());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::permission);
  CHECK(refused.error().message.find("CAP_NET_ADMIN") != std::string::npos);
  CHECK(refused.error().message.find("ip route add local fd96::/112 dev lo") != std::string::npos);
}

}  // namespace
}  // namespace naru::runtime
