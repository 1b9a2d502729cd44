// What the kernel tells unasked: an rtnetlink socket in multicast groups.
#pragma once

#include <libmnl/libmnl.h>

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/result.h"

namespace naru::runtime {

/// Non-blocking. One thread.
class NetlinkListener {
 public:
  /// Joins the groups (RTNLGRP_*) of the calling thread's network namespace. Errors: the system call's.
  [[nodiscard]] Result<void> open(std::initializer_list<int> groups);
  [[nodiscard]] bool is_open() const { return socket_ != nullptr; }
  /// To wait on until it is readable.
  [[nodiscard]] int fd() const { return mnl_socket_get_fd(socket_.get()); }

  /// Calls `on_message` with each message that is there. False: the kernel had more to tell than the socket could hold,
  /// and some of it is lost; what is known must be read afresh.
  [[nodiscard]] bool receive(const std::function<void(const nlmsghdr&)>& on_message);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  std::unique_ptr<mnl_socket, Close> socket_;
};

}  // namespace naru::runtime
