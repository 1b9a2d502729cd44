#include "proxy/peer_watch.h"

#include "tests/unit/proxy/harness.h"

namespace naru::proxy::test {
namespace {

TEST_CASE("a peer that has only closed its window is told from one that is dead") {
  struct Row {
    const char* sentence;
    SendQueue queue;
    bool waits;
  };
  const Row rows[] = {
      {"nothing to send", {.bytes_acknowledged = 1, .in_flight = 0, .not_sent = 0, .unanswered_probes = 0}, false},
      {"sent and not acknowledged",
       {.bytes_acknowledged = 1, .in_flight = 1, .not_sent = 9, .unanswered_probes = 0},
       false},
      {"all acknowledged, more held back",
       {.bytes_acknowledged = 1, .in_flight = 0, .not_sent = 9, .unanswered_probes = 0},
       true},
      {"two probes without an answer",
       {.bytes_acknowledged = 1, .in_flight = 0, .not_sent = 9, .unanswered_probes = 2},
       true},
      {"three probes without an answer",
       {.bytes_acknowledged = 1, .in_flight = 0, .not_sent = 9, .unanswered_probes = 3},
       false},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(waits_for_window(row.queue) == row.waits);
  }
}

int user_timeout(int fd) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size) == 0);
  return value;
}

// The kernel's user time-out would cut a live client that does not read for ten seconds.
TEST_CASE("the user time-out is off for as long as the peer keeps its window closed") {
  Backend backend(2, 4096);
  const Stream sender = connect_to(backend.address());
  const Stream reader = backend.accept();
  watch_peer(sender.fd());
  PeerWatch watch;
  CHECK_FALSE(watch.look(sender.fd()));
  CHECK(user_timeout(sender.fd()) == 10'000);
  const std::string piece(64 * 1024, 'x');
  while (::send(sender.fd(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  REQUIRE(eventually([&] { return waits_for_window(send_queue(sender.fd())); }));
  CHECK(watch.look(sender.fd()));
  CHECK(user_timeout(sender.fd()) == 0);
  sender.finish();
  CHECK(reader.ending() == 0);
  CHECK(eventually([&] { return !watch.look(sender.fd()); }));
  CHECK(user_timeout(sender.fd()) == 10'000);
}

}  // namespace
}  // namespace naru::proxy::test
