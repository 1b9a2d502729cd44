#include <catch2/catch.hpp>

#include "proxy/frontends.h"

namespace naru::proxy {
namespace {

using namespace std::chrono_literals;
using config::TrafficPolicy;

struct Row {
  const char* sentence;
  ApplicationProtocol protocol;
  bool hold;
  bool usable;  // on this node and elsewhere
  bool listens;
};

TEST_CASE("an address is listened on while somebody can serve it, or requests may wait for somebody") {
  const Row row = GENERATE(Row{"bytes, and an endpoint", ApplicationProtocol::tcp, false, true, true},
                           Row{"bytes, and nobody", ApplicationProtocol::tcp, false, false, false},
                           Row{"bytes cannot be held", ApplicationProtocol::tcp, true, false, false},
                           Row{"requests, and an endpoint", ApplicationProtocol::http, false, true, true},
                           Row{"requests, and nobody", ApplicationProtocol::http, false, false, false},
                           Row{"HTTP/1 requests wait", ApplicationProtocol::http, true, false, true},
                           Row{"HTTP/2 requests wait", ApplicationProtocol::http2, true, false, true},
                           Row{"what may be requests waits", ApplicationProtocol::detect, true, false, true});
  INFO(row.sentence);
  ServicePort port;
  port.settings.http.protocol = row.protocol;
  if (row.hold) port.settings.http.hold = 5s;
  if (row.usable) port.cluster = {{0}, lb::Tier::ready};
  CHECK(should_listen(port, {}) == row.listens);
}

TEST_CASE("the traffic policy says which endpoints count") {
  ServicePort port;
  port.cluster = {{0}, lb::Tier::ready};
  CHECK(should_listen(port, {FrontendKind::node_port, TrafficPolicy::cluster, {}}));
  CHECK_FALSE(should_listen(port, {FrontendKind::node_port, TrafficPolicy::local, {}}));
  port.local = port.cluster;
  CHECK(should_listen(port, {FrontendKind::node_port, TrafficPolicy::local, {}}));
}

TEST_CASE("with policy Local a client gets no answer where only other nodes have endpoints") {
  ServicePort port;
  const FrontendKey outside{*SocketAddress::parse("192.0.2.1:80"), Protocol::tcp};
  const FrontendKey loopback{*SocketAddress::parse("127.96.0.1:80"), Protocol::tcp};
  const Frontend local{FrontendKind::node_port, TrafficPolicy::local, {}};
  const Frontend cluster{FrontendKind::node_port, TrafficPolicy::cluster, {}};
  CHECK_FALSE(should_drop(port, outside, local));  // nobody anywhere: refused
  port.cluster = {{0}, lb::Tier::ready};
  CHECK(should_drop(port, outside, local));
  CHECK_FALSE(should_drop(port, outside, cluster));
  CHECK_FALSE(should_drop(port, loopback, local));  // another naru of this host may share it
  port.local = port.cluster;
  CHECK_FALSE(should_drop(port, outside, local));
}

TEST_CASE("SCTP is tried to be listened on, so that it is refused with a reason") {
  ServicePort port;
  port.protocol = Protocol::sctp;
  CHECK(should_listen(port, {}));
}

}  // namespace
}  // namespace naru::proxy
