#include "runtime/reactor.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "runtime/moderation.h"

namespace naru::runtime {

/// Tasks from other threads; the event descriptor wakes the loop for the first of them.
class Reactor::Inbox : public EventHandler {
 public:
  Inbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  [[nodiscard]] int fd() const { return fd_.get(); }

  void push(std::function<void()> task) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = tasks_.empty();
      tasks_.push_back(std::move(task));
    }
    if (first) wake();
  }

  void on_ready(std::uint32_t) noexcept override {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_.get(), &count, sizeof count);
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
  }

 private:
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto sent = ::write(fd_.get(), &one, sizeof one);
  }

  UniqueFd fd_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

Reactor::Reactor()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), now_(Clock::now()), wheel_(now_), inbox_(std::make_unique<Inbox>()) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  if (!add(inbox_->fd(), EPOLLIN, *inbox_)) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

Reactor::~Reactor() = default;

bool Reactor::add(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = &handler;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Reactor::modify(int fd, std::uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = &handler;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void Reactor::remove(int fd, EventHandler& handler) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (int i = batch_next_; i < batch_size_; ++i) {
    auto& event = batch_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &handler) event.data.ptr = nullptr;
  }
}

void Reactor::retire(std::unique_ptr<EventHandler> handler) {
  retired_.push_back(std::move(handler));
}

void Reactor::defer(std::function<void()> task) {
  deferred_.push_back(std::move(task));
}

void Reactor::post(std::function<void()> task) {
  inbox_->push(std::move(task));
}

void Reactor::run() {
  // A pause of microseconds is to be one: by default the kernel adds up to fifty to it.
  ::prctl(PR_SET_TIMERSLACK, 1);
  stopping_ = false;
  while (!stopping_) turn();
}

void Reactor::stop() {
  post([this] { stopping_ = true; });
}

void Reactor::pause() {
  const Duration pause = moderation_pause(awaited_, std::exchange(steps_, 0));
  if (pause == Duration::zero()) return;
  const timespec time{0, std::chrono::nanoseconds(pause).count()};
  ::nanosleep(&time, nullptr);
}

void Reactor::turn() {
  pause();
  batch_size_ = std::max(0, ::epoll_wait(epoll_.get(), batch_.data(), kBatch, wait_milliseconds()));
  now_ = Clock::now();
  for (batch_next_ = 0; batch_next_ < batch_size_;) {
    const epoll_event& event = batch_[static_cast<std::size_t>(batch_next_++)];
    if (event.data.ptr != nullptr) static_cast<EventHandler*>(event.data.ptr)->on_ready(event.events);
  }
  batch_size_ = batch_next_ = 0;
  wheel_.advance(now_);
  end_of_turn();
}

int Reactor::wait_milliseconds() const {
  const TimePoint next = wheel_.next_deadline();
  if (next == TimePoint::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void Reactor::end_of_turn() {
  while (!deferred_.empty()) {
    running_.swap(deferred_);
    for (const auto& task : running_) task();
    running_.clear();
  }
  // A handler's destruction may retire others.
  while (!retired_.empty()) std::exchange(retired_, {}).clear();
}

}  // namespace naru::runtime
