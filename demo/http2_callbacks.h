// nghttp2's C callbacks, which lead into an Http2Connection.
#pragma once

#include "demo/http2_connection.h"

namespace naru::demo {

struct Http2Callbacks {
  /// The one table for all sessions.
  [[nodiscard]] static const nghttp2_session_callbacks* table();

 private:
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) noexcept;
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size,
                     void* self) noexcept;
  static int on_stream_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* self) noexcept;
};

}  // namespace naru::demo
