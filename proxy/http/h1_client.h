// An HTTP/1 connection of a client.
#pragma once

#include "http/h1_chunked.h"
#include "http/h1_parser.h"
#include "proxy/http/client_connection.h"
#include "proxy/http/socket_writer.h"

namespace naru::proxy {

/// Takes one request after another; a pipelined one waits for the response before it. Hands over to HTTP/2 where the
/// first bytes are its preface.
class H1Client final : public ClientConnection, public ClientStream {
 public:
  /// `first`: what was read of the connection already.
  static void begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                    std::string_view first = {});
  ~H1Client() override = default;

  void drain() override;
  void on_port_changed() override;

  void send_head(http::ResponseHead& head, bool end) override;
  [[nodiscard]] std::size_t send_body(std::string_view bytes, bool end) override;
  void send_trailers(const http::FieldBlock& trailers) override;
  void flush() override;
  void abort() override;
  void resume_body() override;
  void finished() override;

 private:
  /// What the next bytes from the client are.
  enum class Reading : std::uint8_t {
    head,
    length,
    chunked,
    tunnel,
    nothing,  // the request is complete, its response is not
    closing,  // nothing more is wanted: read and dropped until the client ends, so that the response reaches it
  };

  H1Client(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address);
  void start(std::string_view first);

  void serve() override;
  bool on_end(Outcome outcome) override;
  void on_deadline() override;

  // Reading (h1_client_read.cc).
  void read();
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] std::size_t receive();
  void process();
  [[nodiscard]] bool process_head();
  [[nodiscard]] bool is_http2();
  void begin_request();
  [[nodiscard]] bool process_content();
  [[nodiscard]] bool process_chunks();
  void end_chunks();
  [[nodiscard]] bool offer(std::size_t size, bool end);
  [[nodiscard]] bool discard(std::size_t size, bool end);
  void content_ended();
  void on_source_ended();
  void release_buffer();
  [[nodiscard]] std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }

  // Writing and the ends (h1_client.cc).
  void on_writable();
  void flush_now();
  void after_write();
  void refuse(http::H1Fault fault);
  void answer_alone(http::Reason reason, std::string_view detail);
  void begin_closing();
  void await_request();
  void read_soon();
  [[nodiscard]] bool last_request() const;
  void drop_transaction();
  void give_up_request();
  [[nodiscard]] bool serving() const { return transaction_ != nullptr && serving_; }

  SocketWriter writer_;
  std::unique_ptr<Transaction> transaction_;  // once a head has begun
  http::ChunkedDecoder chunks_;
  BufferPool::Buffer buffer_;
  std::size_t begin_{0};
  std::size_t end_{0};
  std::size_t scanned_{0};  // of a head that is not complete
  std::uint64_t content_left_{0};
  std::uint64_t discarded_{0};  // of a request whose response was complete before it
  std::size_t chunk_left_{0};   // write_chunks()
  Reading reading_{Reading::head};
  bool serving_{false};  // transaction_ has begun
  bool keep_alive_{true};
  bool to_head_{false};  // the present request is HEAD
  bool chunked_response_{false};
  bool discarding_{false};
  bool reader_blocked_{false};  // the Transaction took less than it was given
  bool writer_blocked_{false};  // send_body() took less than it was given
  bool in_read_{false};
  bool flushing_{false};  // at the end of this turn
  bool draining_{false};
};

}  // namespace naru::proxy
