// Clients whose datagrams nobody takes hear of it.
#include "proxy/udp_refusals.h"

#include <netinet/in.h>

#include "udp_lab.h"

namespace naru::proxy::test {
namespace {

using namespace std::chrono_literals;

/// Else the test is skipped, and says so.
bool may_send_icmp() {
  const runtime::UniqueFd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!fd) WARN("skipped: needs CAP_NET_RAW");
  return static_cast<bool>(fd);
}

/// Whether an error is on its way to the client.
bool hears_refusal(const Client& client) {
  return client.next_error() == ECONNREFUSED;
}

TEST_CASE("a client whose datagram every endpoint refuses is refused") {
  if (!may_send_icmp()) return;
  const auto [frontend, endpoints] = GENERATE(
      std::pair("127.78.0.1:5330", std::vector{"127.78.1.1:5330", "127.78.1.2:5330"}),
      std::pair("127.78.0.1:5331", std::vector{"127.78.1.1:5331"}), std::pair("[::1]:5332", std::vector{"[::1]:5333"}));
  UdpLab lab(frontend);
  std::vector<lb::Endpoint> all;
  for (const char* endpoint : endpoints) all.push_back(endpoint_at(at(endpoint)));
  lab.open(all);
  const Client client = lab.client();
  client.send("a");
  CHECK(hears_refusal(client));
  CHECK(lab.comes_to(0));
  client.send("b");  // all are tried again, and refuse
  CHECK(hears_refusal(client));
}

TEST_CASE("with several datagrams under way, none of which can be sent again, the client is refused too") {
  if (!may_send_icmp()) return;
  UdpLab lab("127.78.0.1:5334");
  auto server = std::make_unique<Server>("127.78.1.1:5334");
  lab.open({endpoint_at(server->address())});
  const Client client = lab.client();
  client.send("a");
  client.send("b");
  REQUIRE(server->next() == "a");
  REQUIRE(server->next() == "b");
  server.reset();
  client.send("c");
  CHECK(hears_refusal(client));
}

TEST_CASE("a client that another endpoint serves hears nothing of the one that refused") {
  UdpLab lab("127.78.0.1:5335");
  Server server("127.78.1.2:5335");
  lab.open({endpoint_at(at("127.78.1.1:5335")), endpoint_at(server.address())});
  const Client client = lab.client();
  client.send("a");
  REQUIRE(server.next() == "a");
  server.answer("re: a");
  CHECK(client.next() == "re: a");
  ask(client, server, "b");
}

// The source of a datagram may be forged: a Service without a living endpoint must not be a cannon.
TEST_CASE("refusals are limited: fifty at once, then a thousand in a second") {
  if (!may_send_icmp()) return;
  UdpRefusals refusals;
  const SocketAddress client = at("127.78.2.1:9");
  const SocketAddress frontend = at("127.78.0.1:5336");
  const TimePoint now{1000s};
  for (int i = 0; i < 50; ++i) REQUIRE(refusals.refuse(client, frontend, 1, now) == UdpRefusals::Result::sent);
  CHECK(refusals.refuse(client, frontend, 1, now) == UdpRefusals::Result::limited);
  CHECK(refusals.refuse(client, frontend, 1, now + 1ms) == UdpRefusals::Result::sent);
  CHECK(refusals.refuse(client, frontend, 1, now + 1ms) == UdpRefusals::Result::limited);
}

}  // namespace
}  // namespace naru::proxy::test
