// What the process asks of the kernel and its service manager.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace naru::daemon {

/// Raises the limit of open files as far as it may go, since every connection takes two. Returns the limit in force.
std::size_t raise_open_file_limit();

/// A broken pipe is an error code, never a death.
void ignore_broken_pipes();

/// Tells systemd (Type=notify) "READY=1", "STOPPING=1" or the like, if it asked to be told (sd_notify(3)). `fds`: at
/// most runtime::kMostMessageFds descriptors that go with it.
void notify_service_manager(std::string_view state, std::span<const int> fds = {});

/// Cores that this process may run on.
[[nodiscard]] unsigned usable_cores();

}  // namespace naru::daemon
