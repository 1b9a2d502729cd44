#include "proxy/affinity.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};
constexpr Duration kTimeout = 100s;
const SocketAddress kService{IpAddress::v4(0x0a600001), Port(80)};
const SocketAddress kOne{IpAddress::v4(0x0a000001), Port(8080)};
const SocketAddress kTwo{IpAddress::v4(0x0a000002), Port(8080)};

AffinityKey client(std::uint32_t number) {
  return {IpAddress::v4(0xc0a80000U + number), kService};
}

TEST_CASE("affinity is remembered until the time-out, and each connection starts it anew") {
  AffinityTable table;
  CHECK_FALSE(table.find(client(1), kStart, kTimeout));
  CHECK(table.remember(client(1), kOne, kStart, kTimeout));
  CHECK(table.find(client(1), kStart, kTimeout) == kOne);
  CHECK(table.find(client(1), kStart + kTimeout - 1ns, kTimeout) == kOne);
  CHECK_FALSE(table.find(client(1), kStart + kTimeout, kTimeout));
  table.remember(client(1), kOne, kStart + 60s, kTimeout);
  CHECK(table.find(client(1), kStart + 60s + kTimeout - 1ns, kTimeout) == kOne);
}

TEST_CASE("affinity is per client and per address of the Service") {
  AffinityTable table;
  table.remember(client(1), kOne, kStart, kTimeout);
  CHECK_FALSE(table.find(client(2), kStart, kTimeout));
  const SocketAddress other_port{kService.ip, Port(443)};
  CHECK_FALSE(table.find({client(1).client, other_port}, kStart, kTimeout));
}

TEST_CASE("other workers hear of news, and again before they would forget") {
  AffinityTable table;
  CHECK(table.remember(client(1), kOne, kStart, kTimeout));
  CHECK_FALSE(table.remember(client(1), kOne, kStart + 1s, kTimeout));
  CHECK_FALSE(table.remember(client(1), kOne, kStart + kTimeout / 4 - 1ns, kTimeout));
  CHECK(table.remember(client(1), kOne, kStart + kTimeout / 4, kTimeout));
  CHECK(table.remember(client(1), kTwo, kStart + kTimeout / 4 + 1s, kTimeout));
}

TEST_CASE("what another worker tells counts unless it is older than what is known") {
  AffinityTable table;
  table.learn(client(1), kOne, kStart);
  CHECK(table.find(client(1), kStart, kTimeout) == kOne);
  table.learn(client(1), kTwo, kStart + 1s);
  CHECK(table.find(client(1), kStart + 1s, kTimeout) == kTwo);
  table.learn(client(1), kOne, kStart);
  CHECK(table.find(client(1), kStart + 1s, kTimeout) == kTwo);
  CHECK_FALSE(table.remember(client(1), kTwo, kStart + 2s, kTimeout));
}

TEST_CASE("a full table forgets whom it has not seen for longest") {
  AffinityTable table(2);
  table.remember(client(1), kOne, kStart, kTimeout);
  table.remember(client(2), kOne, kStart + 1s, kTimeout);
  table.remember(client(1), kOne, kStart + 2s, kTimeout);
  table.remember(client(3), kOne, kStart + 3s, kTimeout);
  CHECK(table.size() == 2);
  CHECK(table.find(client(1), kStart + 3s, kTimeout));
  CHECK_FALSE(table.find(client(2), kStart + 3s, kTimeout));
  CHECK(table.find(client(3), kStart + 3s, kTimeout));
}

TEST_CASE("clients that have expired leave as others come") {
  AffinityTable table;
  for (std::uint32_t i = 0; i < 10; ++i) table.remember(client(i), kOne, kStart, kTimeout);
  CHECK(table.size() == 10);
  for (std::uint32_t i = 0; i < 5; ++i) table.remember(client(100), kTwo, kStart + kTimeout, kTimeout);
  CHECK(table.size() == 1);
}

}  // namespace
}  // namespace naru::proxy
