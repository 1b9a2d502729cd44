#include "daemon/announce_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <future>

namespace naru::daemon {

namespace asio = boost::asio;

AnnounceThread::AnnounceThread(asio::io_context& control, lb::announce::AnnouncerOptions options)
    : control_(control),
      announcer_(std::make_unique<lb::announce::Announcer>(io_, std::move(options))),
      thread_([this] { run(); }) {}

AnnounceThread::~AnnounceThread() {
  asio::post(io_, [this] { announcer_.reset(); });
  work_.reset();
  asio::post(io_, [this] { io_.stop(); });
  thread_.join();
}

void AnnounceThread::run() {
  ::pthread_setname_np(::pthread_self(), "naru-announce");
  // Little work that must be done on time, beside workers that may have all of the processor to do. Not every user may
  // ask for it.
  constexpr int kBeforeWorkers = -10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kBeforeWorkers));
  io_.run();
}

void AnnounceThread::set_input(std::shared_ptr<const lb::announce::Input> input) {
  auto taken = std::make_shared<std::promise<void>>();
  auto waiting = taken->get_future();
  asio::post(io_, [this, taken, input = std::move(input)] {
    announcer_->set_input(input);
    taken->set_value();
  });
  static_cast<void>(waiting.wait_for(kPatience));
}

void AnnounceThread::shut_down(bool restart, std::function<void()> done) {
  asio::post(io_, [this, restart, done = std::move(done)] {
    announcer_->shut_down(restart, [this, done] { asio::post(control_, done); });
  });
}

lb::announce::Report AnnounceThread::report() const {
  auto answer = std::make_shared<std::promise<lb::announce::Report>>();
  auto waiting = answer->get_future();
  asio::post(io_, [this, answer] { answer->set_value(announcer_->report()); });
  return waiting.get();
}

}  // namespace naru::daemon
