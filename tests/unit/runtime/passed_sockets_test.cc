#include "runtime/passed_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

std::string names_of(const ListenEnvironment& environment) {
  std::string text;
  for (const PassedSocket& each : passed_sockets(environment, 42)) text += std::to_string(each.fd) + each.name + " ";
  return text;
}

TEST_CASE("what the environment says of passed sockets") {
  struct Row {
    const char* what;
    ListenEnvironment environment;
    const char* passed;
  };
  const Row row =
      GENERATE(Row{"nothing at all", {"", "", ""}, ""}, Row{"two with names", {"42", "2", "udp:tcp"}, "3udp 4tcp "},
               Row{"no names", {"42", "2", ""}, "3unknown 4unknown "},
               Row{"fewer names than sockets", {"42", "3", "udp"}, "3udp 4unknown 5unknown "},
               Row{"an empty name among others", {"42", "3", "a::c"}, "3a 4unknown 5c "},
               Row{"more names than sockets", {"42", "1", "a:b"}, "3a "}, Row{"none", {"42", "0", ""}, ""},
               Row{"another process's", {"43", "1", "a"}, ""}, Row{"no process", {"", "1", "a"}, ""},
               Row{"a number that is none", {"42", "1x", "a"}, ""}, Row{"a negative number", {"42", "-1", "a"}, ""},
               Row{"more than there can be", {"42", "65537", "a"}, ""},
               Row{"more than a number holds", {"42", "99999999999", "a"}, ""});
  CAPTURE(row.what);
  CHECK(names_of(row.environment) == row.passed);
}

TEST_CASE("what a passed descriptor is") {
  const SocketAddress here{IpAddress::v4(0x7f4f0035), Port()};
  const auto udp = bind_udp(here, 4096);
  const auto tcp = listen_tcp(here);
  REQUIRE(udp.has_value());
  REQUIRE(tcp.has_value());
  CHECK(shape_of_socket(udp->get()).kind == SocketKind::udp);
  CHECK(shape_of_socket(udp->get()).address.ip == here.ip);
  const SocketShape listener = shape_of_socket(tcp->get());
  CHECK(listener.kind == SocketKind::tcp_listener);
  CHECK(listener.address.port.value() != 0);
  const UniqueFd bound_only(::socket(AF_INET, SOCK_STREAM, 0));
  CHECK(shape_of_socket(bound_only.get()).kind == SocketKind::tcp_listener);
  const auto connection = connect_tcp(listener.address);
  REQUIRE(connection.has_value());
  CHECK(shape_of_socket(connection->fd.get()).kind == SocketKind::other_type);
  const UniqueFd local(::socket(AF_UNIX, SOCK_DGRAM, 0));
  CHECK(shape_of_socket(local.get()).kind == SocketKind::other_family);
  const UniqueFd file(::open("/dev/null", O_RDONLY));
  CHECK(shape_of_socket(file.get()).kind == SocketKind::not_a_socket);
  CHECK(shape_of_socket(-1).kind == SocketKind::not_open);
}

}  // namespace
}  // namespace naru::runtime
