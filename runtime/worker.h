// A worker: one thread, one event loop, everything that runs on it confined to it.
#pragma once

#include <future>
#include <string>
#include <thread>

#include "runtime/reactor.h"

namespace naru::runtime {

class Worker {
 public:
  /// Not running until start(). `index` counts from 0 and names the thread: "naru-w0".
  explicit Worker(unsigned index) : index_(index) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Stops the loop and joins the thread.
  ~Worker();

  void start();
  void stop_and_join();

  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] Reactor& reactor() { return reactor_; }
  /// Any thread: runs `task` on the worker.
  void post(std::function<void()> task) { reactor_.post(std::move(task)); }
  /// Any thread but the worker's: runs `task` on the worker and waits until it is done. For start-up and shutdown only.
  void run_and_wait(const std::function<void()>& task);

 private:
  unsigned index_;
  Reactor reactor_;
  std::thread thread_;
};

}  // namespace naru::runtime
