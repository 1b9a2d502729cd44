#include "runtime/worker.h"

#include <pthread.h>

#include <csignal>

namespace naru::runtime {

Worker::~Worker() {
  stop_and_join();
}

void Worker::start() {
  thread_ = std::thread([this] {
    // Signals are the control thread's affair.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), ("naru-w" + std::to_string(index_)).c_str());
    reactor_.run();
  });
}

void Worker::stop_and_join() {
  if (!thread_.joinable()) return;
  reactor_.stop();
  thread_.join();
}

void Worker::run_and_wait(const std::function<void()>& task) {
  std::promise<void> done;
  post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace naru::runtime
