// The thread "naru-announce": apart from the control thread, so that whatever takes long there delays no BFD packet.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>

#include "lb/announce/announcer.h"

namespace naru::daemon {

/// Thread: all calls on the control thread, whose io_context outlives this.
class AnnounceThread {
 public:
  AnnounceThread(boost::asio::io_context& control, lb::announce::AnnouncerOptions options);
  /// Falls silent, and joins the thread.
  ~AnnounceThread();
  AnnounceThread(const AnnounceThread&) = delete;
  AnnounceThread& operator=(const AnnounceThread&) = delete;

  /// Returns once the thread has taken it, so that what is not to be announced any more is withdrawn: within a
  /// millisecond, as nothing there blocks; after `kPatience` at the latest.
  void set_input(std::shared_ptr<const lb::announce::Input> input);
  /// `done` on the control thread, once others know that this node goes. `restart`: but comes back at once.
  void shut_down(bool restart, std::function<void()> done);
  /// Asks the thread and waits for its answer.
  [[nodiscard]] lb::announce::Report report() const;

  static constexpr auto kPatience = std::chrono::milliseconds(100);

 private:
  void run();

  boost::asio::io_context& control_;
  mutable boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<lb::announce::Announcer> announcer_;  // on its thread
  std::thread thread_;
};

}  // namespace naru::daemon
