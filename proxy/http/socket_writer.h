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
  [[nodiscard]] bool empty() const { return offset_ == pending_.size(); }

  /// Writes what is pending, then `bytes`, then `tail`, in one call. Returns how many of `bytes` were taken. Once all
  /// were, what is left of `tail` is pending. Tells by peer.failed that the socket takes nothing any more.
  std::size_t write(Peer& peer, std::string_view bytes, std::string_view tail = {});
  /// Writes what is pending.
  void flush(Peer& peer) { write(peer, {}); }
  void clear();
  /// Gives memory back that an unusually large head took.
  void shrink();
  /// Bytes that the kernel has taken, in all.
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
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
