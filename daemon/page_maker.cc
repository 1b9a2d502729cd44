#include "daemon/page_maker.h"

#include <pthread.h>
#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace naru::daemon {

void PageMaker::run(Make make, Then then) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  tasks_.push_back({std::move(make), std::move(then)});
  changed_.notify_one();
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
}

void PageMaker::stop() {
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(tasks_);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PageMaker::work() {
  constexpr int kNice = 10;
  ::setpriority(PRIO_PROCESS, 0, kNice);  // of this thread alone, as Linux has it
  ::pthread_setname_np(::pthread_self(), "naru-pages");
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
    if (stopped_) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    std::string body = task.make();
    task.make = nullptr;  // here, for what it held may be large
    boost::asio::post(executor_, [then = std::exchange(task.then, nullptr), body = std::move(body)]() mutable {
      then(std::move(body));
    });
  }
}

}  // namespace naru::daemon
