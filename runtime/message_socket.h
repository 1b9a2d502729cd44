// Messages with descriptors between two processes of one user, over a UNIX socket.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

struct Message {
  std::string text;
  std::vector<UniqueFd> fds;
};

/// Bounds of one message. The kernel passes at most 253 descriptors at once.
inline constexpr std::size_t kMostMessageBytes = 64 * 1024;
inline constexpr std::size_t kMostMessageFds = 200;

/// A listening socket of mode 0600 that keeps messages apart (SOCK_SEQPACKET). A file that a dead process left there is
/// replaced. Errors: bad_input (path too long), conflict (a live process listens), permission, io.
Result<UniqueFd> listen_messages(const std::string& path);
/// Errors: not_found (no such socket), unavailable (nobody listens), bad_input, permission, io.
Result<UniqueFd> connect_messages(const std::string& path, std::chrono::milliseconds timeout);
/// The next connection whose process is of our user; none if there is no such.
[[nodiscard]] UniqueFd accept_messages(int listener, std::chrono::milliseconds timeout);

/// Blocks at most for the timeout of the connection. Errors: io.
Result<void> send_message(int fd, std::string_view text, std::span<const int> fds = {});
/// Blocks at most for the timeout of the connection. Errors: unavailable (the other side is gone, or silent), io.
Result<Message> receive_message(int fd);

}  // namespace naru::runtime
