// An HTTP/1.1 connection to an endpoint.
#pragma once

#include <boost/intrusive/list.hpp>

#include "base/result.h"
#include "http/h1_chunked.h"
#include "http/h1_parser.h"
#include "proxy/http/socket_writer.h"
#include "proxy/http/stream.h"
#include "proxy/peer_watch.h"
#include "proxy/table.h"
#include "runtime/reactor.h"

namespace naru::proxy {

class Upstream;

using H1BackendHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Serves one Transaction after another. Owned by its Upstream's lists; deletes itself (through Reactor::retire) when
/// the connection ends.
class H1Backend final : public runtime::EventHandler, public BackendStream, public H1BackendHook {
 public:
  /// Begins to connect. Errors: what connect(2) said at once, Errc::exhausted if the shortage is ours.
  static Result<H1Backend*> connect(Upstream& upstream);
  ~H1Backend() override = default;

  /// Gives it to a Transaction, until that is over.
  void attach(Transaction& transaction);
  /// Looks at the socket itself for an end that no event has told of yet.
  [[nodiscard]] bool still_open();
  [[nodiscard]] TimePoint idle_since() const { return idle_since_; }
  [[nodiscard]] TimePoint idle_until() const { return idle_until_; }
  /// Ends the connection; a Transaction that it has is not told.
  void end();

  void on_ready(std::uint32_t events) noexcept override;

  void send_head(const http::RequestHead& head, bool end) override;
  [[nodiscard]] std::size_t send_body(std::string_view bytes, bool end) override;
  void send_trailers(const http::FieldBlock& trailers) override;
  void flush() override;
  void cancel() override;
  void resume_body() override;

 private:
  enum class Reading : std::uint8_t { head, length, chunked, until_close, tunnel, ended };
  static constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP;

  H1Backend(Upstream& upstream, runtime::UniqueFd fd);

  // Connecting and writing (h1_backend.cc).
  [[nodiscard]] bool one_client_each() const;
  void flush_now();
  [[nodiscard]] bool finish_connect();
  void connected();
  void on_connect_timeout();

  // Reading (h1_backend_read.cc).
  void read();
  [[nodiscard]] std::size_t receive();
  void prepare_buffer();
  [[nodiscard]] std::size_t buffer_size() const;
  void process();
  [[nodiscard]] bool process_head();
  void begin_content();
  [[nodiscard]] bool process_content();
  [[nodiscard]] bool process_chunks();
  [[nodiscard]] bool offer(std::size_t size, bool end);
  void on_source_ended();
  void response_ended();
  void note_drain() const;
  void fail(http::AttemptFailure failure);
  [[nodiscard]] http::AttemptFailure failure_at_end() const;
  void release_buffer();
  [[nodiscard]] std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }

  Upstream& upstream_;
  Transaction* transaction_{};
  Peer peer_;
  std::shared_ptr<const TransparentPath> transparent_path_;  // of peer_'s socket
  SocketWriter writer_;
  http::ResponseHead head_;
  http::ChunkedDecoder chunks_;
  BufferPool::Buffer buffer_;
  std::size_t begin_{0};
  std::size_t end_{0};
  std::size_t scanned_{0};  // of a head that is not complete
  std::uint64_t content_left_{0};
  std::uint64_t written_before_{0};  // on this connection, before the present request
  std::size_t chunk_left_{0};        // write_chunks()
  Reading reading_{Reading::head};
  http::Body request_body_;
  http::Method method_{http::Method::get};
  bool big_buffer_{};
  bool connecting_{};
  bool reused_{};
  bool request_ended_{};   // the Transaction has given all
  bool writer_blocked_{};  // send_body() took less than it was given
  bool reader_blocked_{};  // the Transaction took less than it was given
  bool keep_alive_{true};
  bool flushing_{};  // at the end of this turn
  bool ended_{};
  TimePoint idle_since_;
  TimePoint idle_until_;
  std::uint32_t endpoint_keep_alive_{};  // seconds, of Keep-Alive: timeout; 0: it did not say
  runtime::Timer connect_timer_;
};

using H1Backends = boost::intrusive::list<H1Backend, boost::intrusive::constant_time_size<false>>;

}  // namespace naru::proxy
