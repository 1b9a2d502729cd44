// One request with its attempts and its response, between a client's side and an endpoint's, whatever protocol each
// speaks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/http/request_record.h"
#include "proxy/http/stream.h"
#include "proxy/http/websocket_tunnel.h"
#include "proxy/listener.h"

namespace naru::proxy {

struct HttpEngine;

/// Who asks, and where: of the client's connection. Outlives the Transaction.
struct ClientInfo {
  const Binding& binding;
  SocketAddress address;
  http::Version version{http::Version::http11};
};

/// Lives from a request's head to the end of its response; lent by HttpEngine::transactions, and used again. The
/// client's side fills head(), calls begin(), and passes on content until the request ends; the Transaction chooses
/// endpoints, decides on retries (http::retry_verdict) and answers by itself where no endpoint does. Confined to its
/// worker.
class Transaction {
 public:
  explicit Transaction(HttpEngine& engine);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // ---- from the client's side ----

  /// To be filled before begin(); the fields as received.
  [[nodiscard]] http::RequestHead& head() { return head_; }
  /// `end`: the request has no content. May call any of `client`'s functions, finished() too.
  void begin(ClientStream& client, const ClientInfo& info, bool end);
  /// Returns how many bytes it took; if fewer than given, ClientStream::resume_body() is called when it would take
  /// more. `end` counts only if all were taken.
  [[nodiscard]] std::size_t on_request_body(std::string_view bytes, bool end);
  void on_request_trailers(http::FieldBlock& trailers);
  /// All that the client had to give in this turn was given.
  void flush_request();
  void on_client_writable();
  /// The client is gone, or broke the protocol within its content: the request is given up. No more calls.
  void on_client_gone();
  /// A WebSocket's both ends are told that it ends now, where a frame may stand: then true. For a client that is about
  /// to be closed.
  bool say_goodbye();
  /// The Service port has changed: an endpoint may have come, or this one's may be going.
  void on_port_changed();

  // ---- from the endpoint's side ----

  /// An interim response (not 101) or the final one. `end`: it has no content.
  void on_response_head(http::ResponseHead& head, bool end);
  /// As on_request_body(): what is not taken stays with the backend until BackendStream::resume_body().
  [[nodiscard]] std::size_t on_response_body(std::string_view bytes, bool end);
  void on_response_trailers(http::FieldBlock& trailers);
  /// All that the endpoint had to give in this turn was given.
  void flush_response();
  /// The connection is there, after BackendStream was given before it was.
  void on_backend_connected();
  void on_backend_writable();
  /// The attempt is over without a complete response. The BackendStream is gone.
  void on_backend_failed(http::AttemptFailure failure);

  // ---- for both ----

  /// A tunnel since 101 or an accepted CONNECT: content is bytes both ways.
  [[nodiscard]] bool tunnel() const { return tunnel_; }
  [[nodiscard]] bool response_started() const { return response_started_; }
  [[nodiscard]] const SocketAddress& endpoint() const { return endpoint_address_; }
  /// What tells an endpoint whom the request is from.
  [[nodiscard]] std::string proxy_header(ProxyVersion version) const {
    return proxy_header_for(version, info_->address, info_->binding.key.address);
  }
  /// What the endpoint is spoken to in.
  [[nodiscard]] http::Version backend_version() const { return backend_version_; }

 private:
  enum class Phase : std::uint8_t { idle, held, attempting, responding };

  // Attempts (transaction_attempts.cc).
  void next_attempt();
  [[nodiscard]] bool go_back();
  [[nodiscard]] Result<void> attempt(const lb::Endpoint& endpoint);
  void no_endpoint_left();
  void wait_for_endpoint(TimePoint until);
  void look_again();
  void attempt_over(http::AttemptFailure failure);
  [[nodiscard]] http::RetryVerdict verdict(http::AttemptFailure failure);
  [[nodiscard]] std::optional<http::AttemptFailure> failure_of(const http::ResponseHead& head, bool end) const;
  [[nodiscard]] bool tries_again(const http::ResponseHead& head, bool end);
  void note_failure(http::AttemptFailure failure);
  void credit(int status);
  void fail(http::AttemptFailure failure, http::RetryVerdict decided);
  void leave_endpoint(bool cancel);

  // The request's content (transaction_body.cc).
  void send_request();
  void resume_request();
  [[nodiscard]] bool send_kept();
  [[nodiscard]] std::size_t wait_with(std::string_view bytes, bool end);
  void note_content(std::string_view bytes);
  void forget_replay();

  // The tunnel (transaction_tunnel.cc).
  void begin_tunnel(const http::ResponseHead& head);
  void end_websocket();
  [[nodiscard]] bool websocket_passed(std::string_view bytes);

  // The end.
  void note_grpc_status(const http::FieldBlock& fields);
  void answer(http::Reason reason);
  void send_local_body();
  void finish();
  void await_response();
  void stop_awaiting();
  void abort_response(http::Reason reason);
  void close_record();
  void reset();

  // Time.
  void drain_timed_out();
  void on_timer();
  void arm_timer();
  [[nodiscard]] TimePoint now() const;

  [[nodiscard]] const ServicePort& port() const { return info_->binding.port->port(); }
  [[nodiscard]] const HttpSettings& settings() const { return port().settings.http; }
  [[nodiscard]] HttpPortState& http_state() const { return *port().state->http; }

  HttpEngine& engine_;
  ClientStream* client_{};
  const ClientInfo* info_{};
  BackendStream* backend_{};  // of the attempt under way
  Phase phase_{Phase::idle};
  http::RequestHead head_;
  http::Version backend_version_{http::Version::http11};
  http::FieldBlock trailers_;  // of the request, kept for a retry
  std::string replay_;         // content given to an endpoint, while it may have to be given to another
  std::size_t replayed_{0};    // of it, to the present endpoint
  std::string local_body_;     // of an answer of naru's own: what the client has not taken yet
  bool has_trailers_{};
  bool request_ended_{};  // the client has given all
  bool request_sent_{};   // and the present endpoint's side has taken all
  bool replayable_{true};
  bool content_sent_{};  // to the present endpoint
  bool client_waits_{};  // for resume_body()
  bool response_started_{};
  bool awaiting_{};  // Reactor::await() was told
  bool tunnel_{};
  int attempts_{};         // whose failure may have cost something, or that answered
  int connects_failed_{};  // before anything was sent
  std::vector<SocketAddress> tried_;
  std::vector<SocketAddress> refused_;  // of them, those that did not take the connection
  SocketAddress endpoint_address_;
  std::shared_ptr<lb::EndpointState> endpoint_state_;  // of the attempt under way
  std::unique_ptr<WebSocketTunnel> websocket_;
  RequestRecord record_;
  TimePoint began_;
  TimePoint try_deadline_{TimePoint::max()};
  TimePoint deadline_{TimePoint::max()};
  TimePoint drain_deadline_{TimePoint::max()};
  TimePoint hold_deadline_{TimePoint::max()};
  TimePoint hold_look_{TimePoint::max()};
  runtime::Timer timer_;
};

}  // namespace naru::proxy
