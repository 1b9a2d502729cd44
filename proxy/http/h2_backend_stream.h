// One request on an HTTP/2 connection to an endpoint.
#pragma once

#include "http/h2_session.h"
#include "proxy/http/held_content.h"
#include "proxy/http/transaction.h"

namespace naru::proxy {

class H2Backend;

/// Between a Transaction's attempt and a stream of the session. Owned by its H2Backend, which uses it again.
class H2BackendStream final : public BackendStream {
 public:
  explicit H2BackendStream(H2Backend& backend) : backend_(backend) {}

  http::H2StreamId id{};  // 0: not begun

  void attach(Transaction& transaction) { transaction_ = &transaction; }
  void on_response(http::ResponseHead& head, bool end);
  void on_data(std::string_view bytes, bool end);
  void on_trailers(http::FieldBlock& trailers);
  void on_writable() { transaction_->on_backend_writable(); }
  void flush_response();
  /// The attempt is over. Without effect on the response if all of it has come, though it is not passed on yet.
  void fail(http::AttemptFailure failure);

  void send_head(const http::RequestHead& head, bool end) override;
  [[nodiscard]] std::size_t send_body(std::string_view bytes, bool end) override;
  void send_trailers(const http::FieldBlock& trailers) override;
  void flush() override;
  void cancel() override;
  void resume_body() override;

 private:
  friend class H2Backend;

  [[nodiscard]] bool is(http::H2StreamId stream) const { return id == stream; }
  std::size_t offer(std::string_view bytes, bool end);
  void release();

  H2Backend& backend_;
  Transaction* transaction_{};
  HeldContent held_;            // of the response
  std::uint64_t starts_at_{0};  // of all bytes of the connection, where the request's are
  bool complete_{};             // the response is, though not all of it may be passed on
  bool touched_{};              // by what was received in this turn
};

}  // namespace naru::proxy
