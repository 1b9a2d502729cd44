// A thread for the bodies of long answers: what takes a while to write must not keep the control thread from a change.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace naru::daemon {

/// Makes one body after the other, in the order asked for, with less claim to a processor than the threads that serve.
///
/// Thread: all calls on the executor's one thread. `make` runs on the maker's thread; `then` is called, and destroyed,
/// on the executor's.
class PageMaker {
 public:
  using Make = std::function<std::string()>;
  using Then = std::function<void(std::string body)>;

  explicit PageMaker(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  ~PageMaker() { stop(); }
  PageMaker(const PageMaker&) = delete;
  PageMaker& operator=(const PageMaker&) = delete;

  void run(Make make, Then then);
  /// Waits for the body in the making; what else was asked for, then and later, is dropped.
  void stop();

 private:
  struct Task {
    Make make;
    Then then;
  };
  void work();

  boost::asio::any_io_executor executor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopped_{};
  std::thread thread_;  // begins with the first task: most servers never have one
};

}  // namespace naru::daemon
