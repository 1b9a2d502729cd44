// The interfaces of this network namespace, followed as they change.
#pragma once

#include <map>

#include "runtime/link_table.h"
#include "runtime/netlink_listener.h"

namespace naru::runtime {

/// Followed by the kernel's own notices, never by polling. One thread, which waits on fd() by its own means.
class Links {
 public:
  /// Begins to listen, then reads what there is. Errors: netlink's.
  [[nodiscard]] Result<void> open();
  /// Readable when update() has something to do.
  [[nodiscard]] int fd() const { return listener_.fd(); }
  /// Takes in all that the kernel has told since. True if anything changed. Errors: netlink's, where all had to be read
  /// afresh.
  [[nodiscard]] Result<bool> update();

  [[nodiscard]] const std::map<unsigned, Link>& all() const { return table_.links(); }  ///< by index

 private:
  [[nodiscard]] Result<void> read_all();

  NetlinkListener listener_;
  Netlink netlink_;
  LinkTable table_;
};

}  // namespace naru::runtime
