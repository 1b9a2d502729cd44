#include "daemon/host_watch.h"

#include <linux/rtnetlink.h>

#include "base/log.h"

namespace naru::daemon {

HostWatch::HostWatch(boost::asio::io_context& io, std::function<void()> on_change)
    : on_change_(std::move(on_change)), ready_(io) {
  const auto opened = listener_.open({RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR});
  if (!opened) {
    log::warn("{}", opened.error().message);
    return;
  }
  ready_.assign(listener_.fd());
  wait();
}

HostWatch::~HostWatch() {
  if (ready_.is_open()) ready_.release();  // the listener owns its descriptor
}

void HostWatch::wait() {
  ready_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    (void)listener_.receive([](const nlmsghdr&) {});  // what it says is read afresh in any case
    on_change_();
    wait();
  });
}

}  // namespace naru::daemon
