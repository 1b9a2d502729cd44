// How a worker waits: one thread's event loop over edge-triggered epoll.
//
// It is thinner than an io_context because the hot sockets need little and pay for everything: measured, Asio's
// callbacks add 0.5-0.7 us to a small relayed request. The control thread, where work is rare, runs on Asio.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "runtime/timer_wheel.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// What owns a descriptor in a Reactor.
class EventHandler {
 public:
  EventHandler() = default;
  EventHandler(const EventHandler&) = delete;
  EventHandler& operator=(const EventHandler&) = delete;
  virtual ~EventHandler() = default;

  /// `events` as epoll gives them. Edge-triggered: called again only after new readiness, so read or write to EAGAIN,
  /// or remember that there was more.
  virtual void on_ready(std::uint32_t events) noexcept = 0;
};

/// One thread's event loop. All calls from that thread, except post() and stop().
class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Watches `fd` (EPOLLET is added). Returns false if the kernel has no room for it. The handler must outlive the
  /// watch.
  [[nodiscard]] bool add(int fd, std::uint32_t events, EventHandler& handler);
  [[nodiscard]] bool modify(int fd, std::uint32_t events, EventHandler& handler);
  /// Ends the watch; also what this turn has already fetched for `handler` will not be delivered. `handler` may have
  /// other descriptors watched: their events of this turn are lost with it, so remove all of a handler's together.
  void remove(int fd, EventHandler& handler);

  /// Destroys `handler` at the end of this turn of the loop: for a handler that ends while its own on_ready() runs.
  void retire(std::unique_ptr<EventHandler> handler);
  /// Runs `task` at the end of this turn of the loop: to batch what several events ask for.
  void defer(std::function<void()> task);
  /// Any thread: runs `task` on the loop's thread, in the order of posting. Tasks still queued when run() returns are
  /// dropped with the Reactor.
  void post(std::function<void()> task);

  /// One more (1) or one less (-1) answer is awaited: with many of them, and densely coming, the loop pauses for
  /// microseconds before it looks for more (runtime/moderation.h).
  void await(int change) {
    awaited_ += change;
    ++steps_;
  }

  void arm(Timer& timer, Duration after) { wheel_.arm(timer, now_ + after); }

  /// The time at which this turn of the loop began: fresh enough for every time-out, and free.
  [[nodiscard]] TimePoint now() const { return now_; }

  /// Until stop(). Called by the thread that owns the loop.
  void run();
  /// Any thread.
  void stop();

 private:
  class Inbox;
  static constexpr int kBatch = 256;

  void turn();
  void pause();
  [[nodiscard]] int wait_milliseconds() const;
  void end_of_turn();

  UniqueFd epoll_;
  TimePoint now_;
  TimerWheel wheel_;
  std::array<epoll_event, kBatch> batch_;
  int batch_size_{0};
  int batch_next_{0};
  int awaited_{0};
  int steps_{0};  // await() was called so often in the last turn
  bool stopping_{false};
  std::vector<std::function<void()>> deferred_;
  std::vector<std::function<void()>> running_;  // of them, in end_of_turn(); both keep their memory
  std::vector<std::unique_ptr<EventHandler>> retired_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace naru::runtime
