#include "runtime/reactor.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "runtime/socket.h"
#include "runtime/worker.h"

namespace naru::runtime {
namespace {

using namespace std::chrono_literals;

struct Recorder : EventHandler {
  std::function<void(std::uint32_t)> action;
  void on_ready(std::uint32_t events) noexcept override { action(events); }
};

struct Pair {
  UniqueFd a, b;
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    a.reset(fds[0]);
    b.reset(fds[1]);
  }
};

// Two handlers ready in one batch, the first of which removes the second: the second's object may already be gone.
TEST_CASE("a handler removed in the same turn is not called") {
  Reactor reactor;
  Pair one;
  Pair two;
  Recorder first;
  Recorder second;
  int calls = 0;
  first.action = [&](std::uint32_t) {
    ++calls;
    reactor.remove(two.a.get(), second);
    reactor.stop();
  };
  second.action = [&](std::uint32_t) {
    ++calls;
    reactor.remove(one.a.get(), first);
    reactor.stop();
  };
  REQUIRE(reactor.add(one.a.get(), EPOLLIN, first));
  REQUIRE(reactor.add(two.a.get(), EPOLLIN, second));
  REQUIRE(::write(one.b.get(), "x", 1) == 1);
  REQUIRE(::write(two.b.get(), "x", 1) == 1);
  reactor.run();
  CHECK(calls == 1);
}

TEST_CASE("posted tasks run in order on the worker's thread") {
  Worker worker(0);
  worker.start();
  std::vector<int> order;
  std::thread::id where;
  for (int i = 0; i < 100; ++i) worker.post([&order, i] { order.push_back(i); });
  worker.run_and_wait([&] { where = std::this_thread::get_id(); });
  REQUIRE(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("a timer wakes a loop that has nothing else to do") {
  Reactor reactor;
  Timer timer([&] { reactor.stop(); });
  reactor.arm(timer, 20ms);
  const auto before = Clock::now();
  reactor.run();
  CHECK(Clock::now() - before >= 20ms);
}

TEST_CASE("deferred tasks and retired handlers go at the end of the turn") {
  struct Dying : EventHandler {
    explicit Dying(std::string& log) : log_(log) {}
    ~Dying() override { log_ += "destroyed "; }
    void on_ready(std::uint32_t) noexcept override {}
    std::string& log_;
  };
  Reactor reactor;
  std::string log;
  reactor.post([&] {
    reactor.retire(std::make_unique<Dying>(log));
    reactor.defer([&] { log += "deferred "; });
    log += "posted ";
    reactor.stop();
  });
  reactor.run();
  CHECK(log == "posted deferred destroyed ");
}

TEST_CASE("socket failures say what they are and what to do") {
  const SocketAddress address{IpAddress::v4(0x7f000001), Port(1)};
  auto refused = connect_tcp(address);
  if (refused && refused->in_progress) CHECK(pending_error(refused->fd.get()) == ECONNREFUSED);

  UniqueFd plain(::socket(AF_INET, SOCK_STREAM, 0));
  KernelAddress any(SocketAddress{IpAddress::v4(0x7f000001), Port(0)});
  REQUIRE(::bind(plain.get(), any.get(), any.size) == 0);
  REQUIRE(::listen(plain.get(), 1) == 0);
  REQUIRE(::getsockname(plain.get(), any.get(), &any.size) == 0);
  const auto taken = listen_tcp(any.address());
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == Errc::conflict);
  CHECK(taken.error().message.find("another program has the port") != std::string::npos);

  const auto elsewhere = listen_tcp(SocketAddress{IpAddress::v4(0xc6336401), Port(8080)});  // 198.51.100.1
  REQUIRE_FALSE(elsewhere.has_value());
  CHECK(elsewhere.error().code == Errc::unavailable);
}

}  // namespace
}  // namespace naru::runtime
