// The bytes of a refusal. That kernels understand them is shown where sockets are.
#include "proxy/port_unreachable.h"

#include <catch2/catch.hpp>
#include <vector>

namespace naru::proxy {
namespace {

using Bytes = std::vector<unsigned>;

Bytes message(const std::string& client, const std::string& address, std::size_t size) {
  const PortUnreachable made(SocketAddress::parse(client).value(), SocketAddress::parse(address).value(), size);
  Bytes bytes;
  for (const std::byte byte : made.bytes()) bytes.push_back(std::to_integer<unsigned>(byte));
  return bytes;
}

/// Of 16-bit words, with their checksum among them: 0 if that is right (RFC 1071).
unsigned unsummed(const Bytes& bytes, std::size_t first, std::size_t last) {
  unsigned sum = 0;
  for (std::size_t i = first; i + 1 < last; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

TEST_CASE("of IPv4: type 3, code 3, and both headers of the datagram") {
  const Bytes made = message("192.0.2.7:40000", "10.96.0.1:53", 5);
  REQUIRE(made.size() == 36);
  CHECK(Bytes(made.begin(), made.begin() + 2) == Bytes{3, 3});
  CHECK(Bytes(made.begin() + 4, made.begin() + 8) == Bytes{0, 0, 0, 0});
  CHECK(unsummed(made, 0, 36) == 0);
  // Version and header length, length 33; protocol 17; addresses.
  CHECK(Bytes(made.begin() + 8, made.begin() + 12) == Bytes{0x45, 0, 0, 33});
  CHECK(made[8 + 9] == 17);
  CHECK(unsummed(made, 8, 28) == 0);
  CHECK(Bytes(made.begin() + 20, made.begin() + 28) == Bytes{192, 0, 2, 7, 10, 96, 0, 1});
  // Ports 40000 and 53, length 13, no checksum.
  CHECK(Bytes(made.begin() + 28, made.end()) == Bytes{0x9c, 0x40, 0, 53, 0, 13, 0, 0});
}

TEST_CASE("of IPv6: type 1, code 4, and both headers of the datagram") {
  const Bytes made = message("[2001:db8::7]:40000", "[fd00:96::1]:53", 0);
  REQUIRE(made.size() == 56);
  CHECK(Bytes(made.begin(), made.begin() + 8) == Bytes{1, 4, 0, 0, 0, 0, 0, 0});  // the kernel adds the checksum
  CHECK(Bytes(made.begin() + 8, made.begin() + 16) == Bytes{0x60, 0, 0, 0, 0, 8, 17, 64});
  CHECK(Bytes(made.begin() + 16, made.begin() + 20) == Bytes{0x20, 0x01, 0x0d, 0xb8});
  CHECK(made[31] == 7);
  CHECK(Bytes(made.begin() + 32, made.begin() + 36) == Bytes{0xfd, 0, 0, 0x96});
  CHECK(made[47] == 1);
  CHECK(Bytes(made.begin() + 48, made.end()) == Bytes{0x9c, 0x40, 0, 53, 0, 8, 0, 0});
}

TEST_CASE("a length that no header can say is the largest that it can") {
  const Bytes made = message("192.0.2.7:1", "10.96.0.1:2", 70'000);
  CHECK(Bytes(made.begin() + 10, made.begin() + 12) == Bytes{255, 255});
  CHECK(Bytes(made.begin() + 32, made.begin() + 34) == Bytes{255, 255});
}

}  // namespace
}  // namespace naru::proxy
