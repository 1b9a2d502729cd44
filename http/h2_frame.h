// HTTP/2's frames as bytes (RFC 9113 4 and 6): pure, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/h2_session.h"

namespace naru::http {

enum class H2FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  go_away = 7,
  window_update = 8,
  continuation = 9,
};

inline constexpr std::uint8_t kH2EndStream = 0x1;
inline constexpr std::uint8_t kH2Ack = 0x1;
inline constexpr std::uint8_t kH2EndHeaders = 0x4;
inline constexpr std::uint8_t kH2Padded = 0x8;
inline constexpr std::uint8_t kH2Priority = 0x20;

inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kH2FrameHeaderSize = 9;
/// What naru takes and sends: the smallest maximum that a peer may have, so that it is never to be negotiated.
inline constexpr std::uint32_t kH2MaxFrameSize = 16384;
inline constexpr std::uint32_t kH2MaxWindow = 0x7fffffff;
inline constexpr std::uint32_t kH2DefaultWindow = 65535;
inline constexpr H2StreamId kH2MaxStreamId = 0x7fffffff;

struct H2FrameHeader {
  std::uint32_t size{};  // of the payload
  H2FrameType type{};    // may be one that is not in the enumeration
  std::uint8_t flags{};
  H2StreamId stream{};

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  friend bool operator==(const H2FrameHeader&, const H2FrameHeader&) = default;
};

/// Of the first nine bytes; there are at least as many. The reserved bit of the stream is ignored.
[[nodiscard]] H2FrameHeader read_frame_header(std::string_view bytes);
/// Nine bytes to `to`.
void write_frame_header(char* to, const H2FrameHeader& header);

[[nodiscard]] std::uint32_t read_u32(std::string_view bytes);
void write_u32(char* to, std::uint32_t value);
[[nodiscard]] std::uint64_t read_u64(std::string_view bytes);
void write_u64(char* to, std::uint64_t value);

/// What is wrong, and whether it costs only the stream.
struct H2Violation {
  H2Fault fault{H2Fault::protocol};
  H2Error error{H2Error::protocol_error};
  bool stream_only{};

  friend bool operator==(const H2Violation&, const H2Violation&) = default;
};

/// What a header alone tells: sizes, and which frames belong to a stream and which to the connection. Unknown types are
/// good.
[[nodiscard]] std::optional<H2Violation> check_frame(const H2FrameHeader& header);

/// The field block's part in a HEADERS frame, without padding and priority; nothing if the padding does not fit.
[[nodiscard]] std::optional<std::string_view> field_block_of(const H2FrameHeader& header, std::string_view payload);

enum class H2SettingId : std::uint16_t {
  header_table_size = 1,
  enable_push = 2,
  max_concurrent_streams = 3,
  initial_window_size = 4,
  max_frame_size = 5,
  max_header_list_size = 6,
};
struct H2Setting {
  H2SettingId id{};  // may be one that is not in the enumeration
  std::uint32_t value{};

  friend bool operator==(const H2Setting&, const H2Setting&) = default;
};
inline constexpr std::size_t kH2SettingSize = 6;
[[nodiscard]] H2Setting read_setting(std::string_view bytes);
void write_setting(char* to, const H2Setting& setting);
/// Values that are outside their range (RFC 9113 6.5.2). `from_server`: which may not enable push.
[[nodiscard]] std::optional<H2Violation> check_setting(const H2Setting& setting, bool from_server);

}  // namespace naru::http
