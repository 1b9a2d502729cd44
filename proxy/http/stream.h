// The two sides of one request as a Transaction sees them, whatever protocol each speaks.
//
// Content moves by lending: the side that reads holds the bytes and offers them; the other takes what it can write now
// and says how many; what it did not take stays with the reader, who reads no more until it is asked to (backpressure).
// So nothing is queued between the two sides.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "http/reason.h"
#include "http/retry.h"

namespace naru::proxy {

class Transaction;

/// The client's side: an HTTP/1 connection or a stream of an HTTP/2 one. Owns its Transaction; all calls on the
/// worker's thread, within the loop.
class ClientStream {
 public:
  /// An interim or the final response; hop-by-hop fields are removed already. `end`: no content follows.
  virtual void send_head(http::ResponseHead& head, bool end) = 0;
  /// Returns how many bytes it took; once it takes fewer, it calls Transaction::on_client_writable() when it would take
  /// more. `end` counts only if all were taken; with no bytes it ends the content.
  [[nodiscard]] virtual std::size_t send_body(std::string_view bytes, bool end) = 0;
  /// Ends the content. Sides that cannot send trailers (HTTP/1 with a length) just end.
  virtual void send_trailers(const http::FieldBlock& trailers) = 0;
  /// Nothing more is coming in this turn of the loop: write what is held.
  virtual void flush() = 0;
  /// The response cannot be completed: end it so that the client cannot take it for complete. The Transaction is over.
  virtual void abort() = 0;
  /// The Transaction would take content again after on_request_body() took less than it was given.
  virtual void resume_body() = 0;
  /// The response is complete and nothing of the Transaction is left: the stream may be reused or deleted (not before
  /// the call that led here has returned).
  virtual void finished() = 0;

 protected:
  ~ClientStream() = default;
};

/// The endpoint's side: an HTTP/1 connection lent by the pool or a stream of an HTTP/2 one. From the moment that it was
/// given to a Transaction until on_backend_done()/on_backend_failed(), or cancel().
class BackendStream {
 public:
  /// Sends the request's head; `end`: it has no content. Bytes may wait for the connection to be established.
  virtual void send_head(const http::RequestHead& head, bool end) = 0;
  [[nodiscard]] virtual std::size_t send_body(std::string_view bytes, bool end) = 0;
  virtual void send_trailers(const http::FieldBlock& trailers) = 0;
  virtual void flush() = 0;
  /// The Transaction does not want it any more: the connection is closed, or the stream reset.
  virtual void cancel() = 0;
  /// The Transaction would take content again after on_response_body() took less than it was given.
  virtual void resume_body() = 0;

 protected:
  ~BackendStream() = default;
};

}  // namespace naru::proxy
