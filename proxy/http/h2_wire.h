// An HTTP/2 session's bytes to and from its socket.
#pragma once

#include <cstdint>
#include <string>

#include "http/h2_session.h"
#include "proxy/channel.h"
#include "runtime/reactor.h"

namespace naru::proxy {

/// Owns neither; both outlive it.
class H2Wire {
 public:
  enum class Result : std::uint8_t {
    good,    // nothing more for now
    ended,   // the peer's FIN: it says nothing more
    failed,  // the socket is broken; peer.aborted tells how
    over,    // the session is: what it has still to say is in its output
  };

  H2Wire(Peer& peer, http::H2Session& session) : peer_(peer), session_(session) {}

  /// Goes before all that the session says: a PROXY header. Before the first write().
  void begin_with(std::string_view bytes) { first_ = bytes; }

  /// Reads until there is nothing more, or others should have their turn: then `yielded` is set, and the caller must
  /// come back by itself.
  [[nodiscard]] Result read(BufferPool& buffers, TimePoint now, bool& yielded);
  /// Writes what the session has, and what it makes of the room: until there is none, or the socket is full.
  [[nodiscard]] Result write();

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  /// Of all that is ever written, where the session's next frame will be.
  [[nodiscard]] std::uint64_t position() const { return bytes_written_ + first_.size() + session_.output().size(); }

 private:
  void note_sent(std::size_t size);

  Peer& peer_;
  http::H2Session& session_;
  std::string first_;  // what of begin_with() is not written yet
  std::uint64_t bytes_read_{0};
  std::uint64_t bytes_written_{0};
};

}  // namespace naru::proxy
