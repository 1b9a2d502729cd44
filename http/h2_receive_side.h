// The receiving half of an HTTP/2 session: bytes into frames, frames into events.
#pragma once

#include <string>

#include "http/h2_head_reader.h"
#include "http/h2_hpack.h"
#include "http/h2_send_side.h"

namespace naru::http {

class H2ReceiveSide {
 public:
  H2ReceiveSide(H2State& state, H2SendSide& send);

  /// Takes all of `bytes`, or until the connection is over.
  void receive(std::string_view bytes);
  void consumed(H2StreamId id, std::size_t size);
  [[nodiscard]] bool awaits_rest() const;

 private:
  /// The DATA frame that is being received: passed on as it comes, never gathered.
  struct Data {
    H2StreamId stream{};       // 0: of a stream that is gone
    std::uint32_t content{};   // bytes of it still to come
    std::uint32_t padding{};   // after the content
    bool padding_size_next{};  // the byte that says how much is padding
    bool end{};
    [[nodiscard]] bool done() const { return content == 0 && padding == 0 && !padding_size_next; }
  };
  /// A field block that came in more than one frame.
  struct Block {
    H2StreamId stream{};  // 0: none
    bool end{};
    std::size_t frames{};  // of CONTINUATION
    std::string bytes;
  };

  // Bytes into frames (h2_receive_side.cc).
  void take_preface(std::string_view& bytes);
  void take_header(std::string_view& bytes);
  void take_payload(std::string_view& bytes);
  [[nodiscard]] bool gather(std::string_view& bytes, std::size_t wanted);
  [[nodiscard]] bool admit();
  void on_violation(const H2Violation& violation);
  void on_frame(std::string_view payload);

  // Frames of the connection, and about streams (h2_receive_control.cc).
  void on_settings(std::string_view payload);
  void on_settings_ack();
  void on_ping(std::string_view payload);
  void on_go_away(std::string_view payload);
  void on_window_update(std::string_view payload);
  void on_rst_stream(std::string_view payload);
  [[nodiscard]] bool may_be_closed(H2StreamId id);
  void on_closed_stream(H2StreamId id);

  // DATA (h2_receive_data.cc).
  void begin_data();
  [[nodiscard]] H2StreamId receiver_of_data();
  [[nodiscard]] std::int64_t window_grace() const;
  void take_data(std::string_view& bytes);
  void take_padding_size(std::string_view& bytes);
  void deliver(std::string_view bytes);

  // Field blocks (h2_receive_headers.cc).
  void on_headers(std::string_view payload);
  void on_continuation(std::string_view payload);
  void on_block(H2StreamId id, std::string_view block, bool end);
  [[nodiscard]] bool decode(std::string_view block);
  void on_block_of_no_stream(H2StreamId id, std::string_view block);
  void on_request(H2StreamId id, std::string_view block, bool end);
  void open_request(H2StreamId id, bool end);
  void on_response(H2Stream& stream, std::string_view block, bool end);
  void on_trailers(H2Stream& stream, std::string_view block, bool end);
  void head_failed(H2StreamId id, H2HeadVerdict verdict);

  H2State& state_;
  H2SendSide& send_;
  HpackDecoder decoder_;
  H2HeadReader reader_;
  std::size_t preface_at_{0};
  bool settings_seen_{false};
  std::uint32_t settings_acks_due_{1};
  std::string gathered_;  // of a header or payload that is not complete
  bool in_frame_{false};  // header_ is that of the frame whose payload comes
  H2FrameHeader header_;
  Data data_;
  Block block_;
  RequestHead request_;  // used again and again; the owner may swap them for its own
  ResponseHead response_;
  FieldBlock trailers_;
};

}  // namespace naru::http
