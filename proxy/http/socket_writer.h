// Writing heads that are naru's own and content that is lent, in as few system calls as there can be.
#pragma once

#include <string>
#include <string_view>

#include "proxy/channel.h"

namespace naru::proxy {

/// What waits to be written to one socket. Holds only what naru itself made (heads, chunk sizes); content stays with
/// who read it.
class SocketWriter {
 public:
  /// To append to.
  [[nodiscard]] std::string& pending() { return pending_; }
  [[nodiscard]] std::size_t size() const { return pending_.size() - offset_; }  ///< of what is pending
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// Takes `bytes`, then `tail`. Returns how many of `bytes` were taken; once all were, what is left of `tail` is
  /// pending. Few bytes are copied, for flush() to write with what else is pending; many are written at once behind it,
  /// in one call. Tells by peer.failed that the socket takes nothing any more.
  std::size_t write(Peer& peer, std::string_view bytes, std::string_view tail = {});
  /// Writes what is pending.
  void flush(Peer& peer) { send(peer, {}, {}); }
  void clear();
  /// Gives memory back that an unusually large head took.
  void shrink();
  /// Bytes that the kernel has taken, in all.
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  std::size_t send(Peer& peer, std::string_view bytes, std::string_view tail);

  std::string pending_;
  std::size_t offset_{0};
  std::uint64_t written_{0};
};

/// Writes content in HTTP/1 chunks, each announced with all that is offered at the time. `chunk_left`: what is still to
/// follow of a chunk that was announced; 0 at the start of a message. Returns how many of `bytes` were taken; what was
/// not is to be offered again. `end` counts only if all were taken.
[[nodiscard]] std::size_t write_chunks(SocketWriter& writer, Peer& peer, std::size_t& chunk_left,
                                       std::string_view bytes, bool end);

}  // namespace naru::proxy
