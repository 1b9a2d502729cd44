// An HTTP/2 connection to an endpoint.
#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/h2_id_map.h"
#include "http/h2_session.h"
#include "proxy/http/h2_backend_stream.h"
#include "proxy/http/h2_wire.h"
#include "proxy/peer_watch.h"
#include "proxy/table.h"
#include "runtime/reactor.h"

namespace naru::proxy {

class Upstream;
class H2Upstream;

using H2BackendHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Serves many Transactions at once. Owned by its H2Upstream's lists; deletes itself (through Reactor::retire) once the
/// connection has ended and nothing that it received is left to be passed on.
class H2Backend final : public runtime::EventHandler, public H2BackendHook, private http::H2Events {
 public:
  /// Begins to connect. `proxy_header`: to be sent first, empty for none; says whom all of the connection is from.
  /// Errors: what connect(2) said at once, Errc::exhausted if the shortage is ours.
  static Result<H2Backend*> connect(H2Upstream& pool, std::string proxy_header);
  ~H2Backend() override = default;

  /// Whether another request may be begun on it, of a client that would have that PROXY header.
  [[nodiscard]] bool has_room(std::string_view proxy_header) const {
    return !ended_ && !retired_ && !suspect_ && session_.free_streams() > 0 && proxy_header == proxy_header_;
  }
  /// It has_room().
  [[nodiscard]] BackendStream& attach(Transaction& transaction);
  /// Takes no new requests, and ends with the last that it has.
  void retire();
  /// Ends the connection now; Transactions that it has are not told.
  void abandon();

  void on_ready(std::uint32_t events) noexcept override;

  // ---- for its streams ----
  [[nodiscard]] http::H2Session& session() { return session_; }
  void begin(H2BackendStream& stream, const http::RequestHead& head, bool end);
  void release(H2BackendStream& stream);
  void flush_soon();

 private:
  static constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP;

  H2Backend(H2Upstream& pool, runtime::UniqueFd fd, const http::H2Limits& limits, std::string proxy_header);

  void on_request(http::H2StreamId, http::RequestHead&, bool) noexcept override {}
  void on_response(http::H2StreamId id, http::ResponseHead& head, bool end) noexcept override;
  void on_data(http::H2StreamId id, std::string_view bytes, bool end) noexcept override;
  void on_trailers(http::H2StreamId id, http::FieldBlock& trailers) noexcept override;
  void on_reset(http::H2StreamId id, http::H2Error code, bool by_peer) noexcept override;
  void on_writable(http::H2StreamId id) noexcept override;
  void on_go_away(http::H2StreamId last, http::H2Error code) noexcept override;
  void on_ping_ack(std::uint64_t payload) noexcept override;
  void on_settings() noexcept override {}

  [[nodiscard]] H2BackendStream* touch(http::H2StreamId id);
  [[nodiscard]] bool finish_connect();
  void connected();
  void read();
  void flush();
  void end_if_unused();
  [[nodiscard]] bool is_leaving() const;

  // The end (h2_backend_end.cc).
  void end();
  void die(bool clean);
  [[nodiscard]] http::AttemptFailure failure_of(const H2BackendStream& stream, std::uint64_t acknowledged,
                                                bool clean) const;
  void leave_if_done();
  void say_goodbye();

  // Time (h2_backend_end.cc).
  void on_timer();
  void look_for_life();
  void arm(TimePoint at);
  [[nodiscard]] TimePoint next_look() const;
  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] Upstream& upstream() const;

  H2Upstream& pool_;
  const std::string proxy_header_;
  Peer peer_;
  std::shared_ptr<const TransparentPath> transparent_path_;  // of peer_'s socket
  http::H2Session session_;
  H2Wire wire_{peer_, session_};
  http::H2IdMap<H2BackendStream> streams_;
  std::vector<std::unique_ptr<H2BackendStream>> memory_;
  std::vector<H2BackendStream*> spare_;
  std::vector<H2BackendStream*> stillborn_;  // that could not be begun
  std::vector<http::H2StreamId> touched_;    // by what is being received
  std::size_t attached_{0};                  // streams that a Transaction has, or that hold something for one
  http::H2StreamId last_processed_;          // by GOAWAY
  bool connecting_{};
  bool retired_{};
  bool suspect_{};  // it does not answer
  bool pinged_{};   // since a message was heard
  bool flush_due_{};
  bool ended_{};
  bool left_{};  // the lists
  TimePoint connect_by_;
  TimePoint idle_since_;
  TimePoint heard_;                    // of a message, last
  TimePoint asked_{TimePoint::max()};  // by a PING that is not answered yet
  TimePoint armed_{TimePoint::max()};
  PeerWatch watch_;
  runtime::Timer timer_;
};

using H2Backends = boost::intrusive::list<H2Backend, boost::intrusive::constant_time_size<false>>;

}  // namespace naru::proxy
