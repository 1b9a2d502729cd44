#include "demo/http2_callbacks.h"

namespace naru::demo {
namespace {

std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

Http2Connection& connection(void* self) {
  return *static_cast<Http2Connection*>(self);
}

}  // namespace

int Http2Callbacks::on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept {
  connection(self).on_headers(frame->hd.stream_id);
  return 0;
}

int Http2Callbacks::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                              std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                              void* self) noexcept {
  connection(self).on_header(frame->hd.stream_id, text(name, name_size), text(value, value_size));
  return 0;
}

int Http2Callbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept {
  auto& to = connection(self);
  if (frame->hd.type == NGHTTP2_HEADERS) to.on_headers_end(frame->hd.stream_id);
  if (frame->hd.type == NGHTTP2_GOAWAY) to.on_goaway(frame->goaway.last_stream_id);
  const bool message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (message && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) to.on_message_end(frame->hd.stream_id);
  return 0;
}

int Http2Callbacks::on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                            std::size_t size, void* self) noexcept {
  connection(self).on_data(stream, text(data, size));
  return 0;
}

int Http2Callbacks::on_stream_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* self) noexcept {
  connection(self).on_stream_closed(stream, code);
  return 0;
}

const nghttp2_session_callbacks* Http2Callbacks::table() {
  static nghttp2_session_callbacks* const callbacks = [] {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
    return made;
  }();
  return callbacks;
}

}  // namespace naru::demo
