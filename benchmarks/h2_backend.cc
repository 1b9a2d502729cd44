// The HTTP/2 backend behind the proxies: cleartext with prior knowledge, two bytes in answer to everything. It is fast
// because it batches: all requests that have arrived are answered by one send.
//
//   naru-bench-h2 ADDRESS PORT COUNTS_PORT     (see http_server.h)
#include <nghttp2/nghttp2.h>

#include <string_view>

#include "http_server.h"

namespace naru::bench {
namespace {

constexpr std::string_view kBody = "ok";
constexpr std::size_t kBatch = 256 << 10;  // bytes read, and bytes gathered for one send

nghttp2_nv header(std::string_view name, std::string_view value) {
  // nghttp2 only reads them; its C type lacks the const.
  const auto bytes = [](std::string_view s) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(s.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t, std::uint32_t* flags,
                  nghttp2_data_source*, void*) noexcept {
  std::memcpy(to, kBody.data(), kBody.size());
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(kBody.size());
}

struct DeleteSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

class Http2Session {
 public:
  Http2Session(int fd, Counts& counts) : fd_(fd), counts_(counts) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, callbacks, this);
    session_.reset(session);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry streams{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &streams, 1);
  }

  bool ready() {
    if (blocked()) return write() && (blocked() || flush());
    static std::array<std::uint8_t, kBatch> buffer;
    const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return n < 0 && would_block();
    if (nghttp2_session_mem_recv(session_.get(), buffer.data(), static_cast<std::size_t>(n)) < 0) return false;
    return flush();
  }

  [[nodiscard]] bool blocked() const { return !out_.empty(); }

 private:
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) noexcept {
    const bool of_request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!of_request || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    static const std::array<nghttp2_nv, 2> headers{header(":status", "200"), header("content-length", "2")};
    static const nghttp2_data_provider body{.source = {}, .read_callback = read_body};
    ++static_cast<Http2Session*>(self)->counts_.requests;
    return nghttp2_submit_response(session, frame->hd.stream_id, headers.data(), headers.size(), &body);
  }

  /// Sends all that nghttp2 has to send, in as few sends as the batch's size allows. False when the connection is over.
  bool flush() {
    while (gather()) {
      if (!write()) return false;
      if (blocked()) return true;
    }
    return nghttp2_session_want_read(session_.get()) != 0 || nghttp2_session_want_write(session_.get()) != 0;
  }

  bool gather() {
    while (out_.size() < kBatch) {
      const std::uint8_t* data = nullptr;
      const ssize_t n = nghttp2_session_mem_send(session_.get(), &data);
      if (n <= 0) break;
      out_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
    }
    return !out_.empty();
  }

  bool write() {
    const ssize_t n = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n < 0) return would_block();
    out_.erase(0, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  Counts& counts_;
  std::unique_ptr<nghttp2_session, DeleteSession> session_;
  std::string out_;  // gathered and not yet sent
};

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  return naru::bench::serve_http<naru::bench::Http2Session>(argc, argv);
}
