// Tells when the host's interfaces have other addresses.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

#include "runtime/netlink_listener.h"

namespace naru::daemon {

/// Thread: the control thread. Where the kernel does not tell, nothing is told: what was read at start-up stands.
class HostWatch {
 public:
  /// `on_change` is called later, on the thread of `io`, after one or more changes; it reads what there is.
  HostWatch(boost::asio::io_context& io, std::function<void()> on_change);
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

 private:
  void wait();

  std::function<void()> on_change_;
  runtime::NetlinkListener listener_;
  boost::asio::posix::stream_descriptor ready_;
};

}  // namespace naru::daemon
