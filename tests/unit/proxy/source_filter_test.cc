#include "proxy/source_filter.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "runtime/socket.h"

namespace naru::proxy {
namespace {

using runtime::UniqueFd;

std::vector<Cidr> cidrs(std::initializer_list<const char*> texts) {
  std::vector<Cidr> all;
  for (const char* text : texts) all.push_back(Cidr::parse(text).value());
  return all;
}

SocketAddress any_port(const char* ip) {
  return {IpAddress::parse(ip).value(), Port()};
}

SocketAddress bound_address(int fd) {
  runtime::KernelAddress at;
  REQUIRE(::getsockname(fd, at.get(), &at.size) == 0);
  return at.address();
}

/// Whether a datagram from `source` reaches a socket with the filter.
bool passes(const std::vector<sock_filter>& filter, const char* source, const char* to = "127.0.0.1") {
  const auto receiver = runtime::bind_udp(any_port(to), 65536);
  REQUIRE(receiver.has_value());
  REQUIRE(set_filter(receiver->get(), filter) == 0);
  const auto sender = runtime::bind_udp(any_port(source), 65536);
  REQUIRE(sender.has_value());
  const runtime::KernelAddress target(bound_address(receiver->get()));
  REQUIRE(::sendto(sender->get(), "x", 1, 0, target.get(), target.size) == 1);
  char byte = 0;
  return ::recv(receiver->get(), &byte, 1, MSG_DONTWAIT) == 1;  // loopback delivers before sendto() returns
}

TEST_CASE("packets of the ranges pass, all others are dropped") {
  struct Row {
    const char* what;
    std::vector<Cidr> admitted;
    const char* source;
    bool passes;
  };
  const Row rows[] = {
      {"nobody is admitted", {}, "127.1.2.3", false},
      {"the address itself", cidrs({"127.1.2.3/32"}), "127.1.2.3", true},
      {"its neighbour", cidrs({"127.1.2.3/32"}), "127.1.2.4", false},
      {"a prefix within an octet, its last", cidrs({"127.1.2.0/26"}), "127.1.2.63", true},
      {"a prefix within an octet, one past", cidrs({"127.1.2.0/26"}), "127.1.2.64", false},
      {"the second range of two", cidrs({"10.0.0.0/8", "127.1.0.0/16"}), "127.1.2.3", true},
      {"everybody", cidrs({"0.0.0.0/0"}), "127.1.2.3", true},
      {"the other family's ranges do not count", cidrs({"::/0"}), "127.1.2.3", false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(passes(source_filter(row.admitted, Family::ipv4).value(), row.source) == row.passes);
  }
}

TEST_CASE("the same of IPv6, word by word") {
  CHECK(passes(*source_filter(cidrs({"::1/128"}), Family::ipv6), "::1", "::1"));
  CHECK(passes(*source_filter(cidrs({"::/0"}), Family::ipv6), "::1", "::1"));
  CHECK(passes(*source_filter(cidrs({"2001:db8::/32", "::/100"}), Family::ipv6), "::1", "::1"));
  CHECK_FALSE(passes(*source_filter(cidrs({"::2/128"}), Family::ipv6), "::1", "::1"));
  CHECK_FALSE(passes(*source_filter(cidrs({"2001:db8::/32"}), Family::ipv6), "::1", "::1"));
}

TEST_CASE("a filter is replaced and taken away") {
  const auto receiver = runtime::bind_udp(any_port("127.0.0.1"), 65536);
  REQUIRE(receiver.has_value());
  CHECK(set_filter(receiver->get(), {}) == 0);  // there was none
  CHECK(set_filter(receiver->get(), *source_filter({}, Family::ipv4)) == 0);
  CHECK(set_filter(receiver->get(), *source_filter(cidrs({"127.0.0.0/8"}), Family::ipv4)) == 0);
  CHECK(set_filter(receiver->get(), {}) == 0);
}

TEST_CASE("more ranges than the kernel takes are no filter") {
  std::vector<Cidr> many;
  for (std::uint32_t i = 0; i < 1023; ++i) many.push_back(Cidr::of(IpAddress::v4(0x0a000000U + (i << 8)), 24));
  CHECK(source_filter(many, Family::ipv4).has_value());
  many.push_back(Cidr::parse("192.0.2.0/24").value());
  CHECK_FALSE(source_filter(many, Family::ipv4).has_value());
}

}  // namespace
}  // namespace naru::proxy
