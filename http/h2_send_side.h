// The sending half of an HTTP/2 session: heads and content into frames, within what the peer allows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/h2_head_writer.h"
#include "http/h2_hpack.h"
#include "http/h2_state.h"

namespace naru::http {

class H2SendSide {
 public:
  explicit H2SendSide(H2State& state);

  /// The connection's first bytes: preface (client), SETTINGS, and the connection's window.
  void begin();

  // ---- from the owner: as in H2Session ----
  [[nodiscard]] std::optional<H2StreamId> send_request(const RequestHead& head, bool end);
  void send_response(H2StreamId id, const ResponseHead& head, bool end);
  [[nodiscard]] std::size_t send_data(H2StreamId id, std::string_view bytes, bool end);
  void send_trailers(H2StreamId id, const FieldBlock& trailers);
  [[nodiscard]] std::size_t free_streams() const;
  [[nodiscard]] bool waits_for_window();

  // ---- from the receiving half ----
  /// A setting of the peer's, its value checked.
  void apply(const H2Setting& setting);
  void open_window(H2StreamId id, std::uint32_t increment);
  /// Answers a request that was never told to the owner: 431.
  void refuse_head(H2StreamId id);
  [[nodiscard]] std::uint32_t initial_window() const { return initial_window_; }

  /// There may be room again: asks those that wait, first come, first served.
  void wake();

 private:
  // What is queued stays short, so that what is urgent is not behind much, and memory is bounded.
  static constexpr std::size_t kDataQueue = 128 * 1024;

  void write_settings();
  void write_block(H2StreamId id, std::span<const nghttp2_nv> fields, bool end);
  void write_long_block(H2StreamId id, std::span<const nghttp2_nv> fields, bool end, std::size_t bound);
  void ended(H2Stream& stream, bool end);
  [[nodiscard]] std::size_t room_for(const H2Stream& stream) const;
  void write_data(H2Stream& stream, std::string_view bytes, bool end);
  void wait(H2Stream& stream);
  void wake_one(H2StreamId id);
  void open_connection_window(std::uint32_t increment);
  void change_initial_window(std::uint32_t size);

  H2State& state_;
  HpackEncoder encoder_;
  H2HeadWriter writer_;
  std::string long_block_;
  const std::size_t data_queue_;
  std::int64_t window_{kH2DefaultWindow};  // of the connection
  std::uint32_t initial_window_{kH2DefaultWindow};
  std::uint32_t peer_streams_{100};  // until it says otherwise; more might be refused
  std::vector<H2StreamId> queue_;    // that wait for room
  std::vector<H2StreamId> asked_;    // wake()'s own
  std::vector<H2StreamId> left_;
  bool waking_{false};
};

}  // namespace naru::http
