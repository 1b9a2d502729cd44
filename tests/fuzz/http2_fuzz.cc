// Whatever a peer sends: an HTTP/2 session of either role comes to the same however the bytes are cut, keeps to its
// bounds, and tells each stream's story in order. The first byte chooses the role and how the rest is meant: bytes as
// they are, or frames whose headers are made good, so that what is behind the frame layer is reached.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "http/h2_frame.h"

namespace naru::http {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

const H2Limits kLimits{.concurrent_streams = 20,
                       .stream_window = 20'000,
                       .connection_window = 100'000,
                       .header_list_bytes = 2000,
                       .header_fields = 20,
                       .resets_burst = 20,
                       .control_frames_burst = 40,
                       .output_bytes = 20'000};

/// An owner that answers, sends and resets by itself, and writes down what it was told.
class Owner final : public H2Events {
 public:
  explicit Owner(H2Session::Role role) : session(role, kLimits, *this), role_(role) {
    if (role == H2Session::Role::client) {
      for (int i = 0; i < 10; ++i) ask(i);
    }
  }

  void on_request(H2StreamId stream, RequestHead& head, bool end) noexcept override {
    check(role_ == H2Session::Role::server && states_.emplace(stream, State::content).second);
    check(head.fields.size() <= kLimits.header_fields);
    check(head.method == Method::connect || head.path.size != 0);
    for (const Field& field : head.fields.fields()) check(field.id != FieldName::host);
    if (end) states_[stream] = State::ended;
    note('q', stream, head.fields.bytes());
    answer(stream);
  }
  void on_response(H2StreamId stream, ResponseHead& head, bool end) noexcept override {
    check(states_.at(stream) == State::head && head.status >= 100 && head.status <= 999 && head.status != 101);
    check(!end || !head.interim());
    if (!head.interim()) states_[stream] = end ? State::ended : State::content;
    note('p', stream, static_cast<std::size_t>(head.status));
  }
  void on_data(H2StreamId stream, std::string_view bytes, bool end) noexcept override {
    check(states_.at(stream) == State::content && (end || !bytes.empty()));
    if (end) states_[stream] = State::ended;
    content_[stream] += bytes.size();
    if (end) note('d', stream, content_[stream]);
    if (stream % 8 != 5) session.consumed(stream, bytes.size());
    if (stream % 8 == 7) {
      session.reset(stream, H2Error::cancel);
      states_.erase(stream);
    }
  }
  void on_trailers(H2StreamId stream, FieldBlock& trailers) noexcept override {
    check(states_.at(stream) == State::content && trailers.size() <= kLimits.header_fields);
    states_[stream] = State::ended;
    note('t', stream, trailers.bytes());
  }
  void on_reset(H2StreamId stream, H2Error code, bool) noexcept override {
    check(states_.erase(stream) == 1);
    note('r', stream, static_cast<std::size_t>(code));
  }
  void on_writable(H2StreamId stream) noexcept override { (void)session.send_data(stream, content(), true); }
  void on_go_away(H2StreamId last, H2Error) noexcept override { note('g', last, 0); }
  void on_ping_ack(std::uint64_t) noexcept override {}
  void on_settings() noexcept override {}

  H2Session session;
  std::string story;

 private:
  enum class State : std::uint8_t { head, content, ended };

  static std::string_view content() {
    static const std::string bytes(5000, 'c');
    return bytes;
  }
  void note(char what, H2StreamId stream, std::size_t size) {
    story += what + std::to_string(stream) + ':' + std::to_string(size) + ' ';
  }
  void ask(int i) {
    RequestHead head;
    head.method = i % 2 == 0 ? Method::get : Method::head;
    head.method_text = head.fields.keep(i % 2 == 0 ? "GET" : "HEAD");
    head.path = head.fields.keep("/");
    head.authority = head.fields.keep("a");
    if (const auto id = session.send_request(head, i < 5)) states_[*id] = State::head;
  }
  void answer(H2StreamId stream) {
    if (stream % 8 == 3) return;
    ResponseHead head;
    head.status = 200;
    session.send_response(stream, head, false);
    (void)session.send_data(stream, content(), true);
  }

  H2Session::Role role_;
  std::map<H2StreamId, State> states_;
  std::map<H2StreamId, std::size_t> content_;
};

/// Frames from anything: type and flags from a byte each, small stream numbers, the size from what there is.
std::string structured(std::string_view bytes, bool server) {
  std::string out(server ? kH2Preface : std::string_view{});
  out.append("\0\0\0\x04\0\0\0\0\0", 9);
  while (bytes.size() > 4) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const std::uint32_t size = std::min<std::uint32_t>(at(3), static_cast<std::uint32_t>(bytes.size() - 4));
    char header[kH2FrameHeaderSize];
    write_frame_header(header, {size, static_cast<H2FrameType>(at(0) % 11), at(1), at(2) % 32U});
    out.append(header, sizeof header).append(bytes.substr(4, size));
    bytes.remove_prefix(4 + size);
  }
  return out;
}

std::string play(H2Session::Role role, std::string_view bytes, std::size_t step) {
  Owner owner(role);
  TimePoint now{std::chrono::seconds(1)};
  while (!bytes.empty()) {
    const std::string piece(bytes.substr(0, step));  // on the heap, of exactly this size
    bytes.remove_prefix(piece.size());
    if (!owner.session.receive(piece, now)) break;
    check(owner.session.output().size() <= 2 * kLimits.output_bytes);
  }
  if (owner.session.fault() != H2Fault::none) check(owner.session.open_streams() == 0);
  owner.session.output_written(owner.session.output().size());
  return owner.story + std::string(to_string(owner.session.fault()));
}

}  // namespace
}  // namespace naru::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace naru::http;
  if (size < 2) return 0;
  const bool server = (data[0] & 1) != 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string bytes = (data[0] & 2) != 0 ? structured(rest, server) : std::string(rest);
  const auto role = server ? H2Session::Role::server : H2Session::Role::client;
  const std::size_t step = 1 + (data[0] >> 2) % 40U;
  check(play(role, bytes, bytes.size()) == play(role, bytes, step));
  return 0;
}
