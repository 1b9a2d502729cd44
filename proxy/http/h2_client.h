// An HTTP/2 connection of a client.
#pragma once

#include <memory>
#include <vector>

#include "http/h2_id_map.h"
#include "http/h2_session.h"
#include "proxy/http/client_connection.h"
#include "proxy/http/h2_client_stream.h"
#include "proxy/http/h2_wire.h"

namespace naru::proxy {

/// Each request on it is a Transaction of its own, with an endpoint of its own. What all of them write in one turn of
/// the loop goes out in one call.
class H2Client final : public ClientConnection, private http::H2Events {
 public:
  /// `first`: what was read of the connection already; the preface's beginning at least.
  static void begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                    std::string_view first);
  ~H2Client() override = default;

  /// GOAWAY in two steps (RFC 9113 6.8), so that no request is lost that was on its way.
  void drain() override { go_away(DrainReason::shutdown); }
  void on_port_changed() override;

  // ---- for its streams ----
  [[nodiscard]] http::H2Session& session() { return session_; }
  void flush_soon();
  void release(H2ClientStream& stream);
  void note_endpoint(const SocketAddress& endpoint) { last_endpoint_ = endpoint; }
  using ClientConnection::now;
  using ClientConnection::port;

 private:
  enum class Leaving : std::uint8_t { no, announced, last_said, closing };

  H2Client(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address);
  void start(std::string_view first);

  void on_request(http::H2StreamId stream, http::RequestHead& head, bool end) noexcept override;
  void on_response(http::H2StreamId, http::ResponseHead&, bool) noexcept override {}
  void on_data(http::H2StreamId stream, std::string_view bytes, bool end) noexcept override;
  void on_trailers(http::H2StreamId stream, http::FieldBlock& trailers) noexcept override;
  void on_reset(http::H2StreamId stream, http::H2Error code, bool by_peer) noexcept override;
  void on_writable(http::H2StreamId stream) noexcept override;
  void on_go_away(http::H2StreamId, http::H2Error) noexcept override {}
  void on_ping_ack(std::uint64_t payload) noexcept override;
  void on_settings() noexcept override {}

  void serve() override;
  bool on_end(Outcome outcome) override;
  void on_deadline() override;

  void read();
  void received();
  void flush();
  void discard_input();
  [[nodiscard]] H2ClientStream* touch(http::H2StreamId id);
  void go_away(DrainReason reason);
  void say_last();
  void begin_closing();
  void look_at_streams();
  void set_next_deadline();

  http::H2Session session_;
  H2Wire wire_{peer_, session_};
  http::H2IdMap<H2ClientStream> streams_;
  std::vector<std::unique_ptr<H2ClientStream>> memory_;
  std::vector<H2ClientStream*> spare_;
  std::vector<http::H2StreamId> touched_;  // by what is being received
  Leaving leaving_{Leaving::no};
  bool flush_due_{false};
  std::uint64_t discarded_{0};
  TimePoint quiet_since_;                        // without a stream
  TimePoint rest_due_{TimePoint::max()};         // of what has come in part
  TimePoint last_due_{TimePoint::max()};         // GOAWAY's second step
  TimePoint unwritten_since_{TimePoint::max()};  // the client does not read
};

}  // namespace naru::proxy
