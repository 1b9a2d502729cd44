// One request of an HTTP/2 connection of a client.
#pragma once

#include <memory>

#include "http/h2_session.h"
#include "proxy/http/held_content.h"
#include "proxy/http/transaction.h"

namespace naru::proxy {

class H2Client;

/// Between a stream of the session and its Transaction. Owned by its H2Client, which uses it again for another stream.
class H2ClientStream final : public ClientStream {
 public:
  explicit H2ClientStream(H2Client& client) : client_(client) {}

  http::H2StreamId id{};  // 0: not in use

  void begin(http::H2StreamId stream, std::unique_ptr<Transaction> transaction, const ClientInfo& info, bool end);
  void on_data(std::string_view bytes, bool end);
  void on_trailers(http::FieldBlock& trailers);
  void on_writable();
  /// The session's part of the stream has ended before its time.
  void on_reset();
  void on_port_changed() { transaction_->on_port_changed(); }
  /// All that came for it in this turn has been told.
  void flush_request();

  /// What is due to a client that is slow: an end if it has been too slow for `limit`.
  void look(TimePoint now, Duration limit);

  void send_head(http::ResponseHead& head, bool end) override;
  [[nodiscard]] std::size_t send_body(std::string_view bytes, bool end) override;
  void send_trailers(const http::FieldBlock& trailers) override;
  void flush() override;
  void abort() override;
  void resume_body() override;
  void finished() override;

 private:
  friend class H2Client;

  [[nodiscard]] bool is(http::H2StreamId stream) const { return id == stream; }
  std::size_t offer(std::string_view bytes, bool end);
  void offer_held();
  void release();
  void too_slow();

  H2Client& client_;
  std::unique_ptr<Transaction> transaction_;
  HeldContent held_;                           // of the request
  TimePoint heard_;                            // when content came last, or was asked for
  TimePoint stalled_since_{TimePoint::max()};  // the client does not open its window
  bool request_ended_{};                       // by the client
  bool grpc_{};                                // whose streams may rest for as long as they like
  bool touched_{};                             // by what was received in this turn
};

}  // namespace naru::proxy
