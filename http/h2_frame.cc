#include "http/h2_frame.h"

namespace naru::http {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

char low_byte(std::uint64_t value) {
  return static_cast<char>(static_cast<std::uint8_t>(value));
}

constexpr H2Violation kWrongStream{H2Fault::protocol, H2Error::protocol_error};
constexpr H2Violation kWrongSize{H2Fault::frame_size, H2Error::frame_size_error};

std::optional<H2Violation> unless(bool good, const H2Violation& violation) {
  return good ? std::nullopt : std::optional(violation);
}

bool for_connection(H2FrameType type) {
  return type == H2FrameType::settings || type == H2FrameType::ping || type == H2FrameType::go_away;
}

std::optional<H2Violation> check_stream(const H2FrameHeader& header) {
  if (header.type > H2FrameType::continuation || header.type == H2FrameType::window_update) return std::nullopt;
  return unless(for_connection(header.type) == (header.stream == 0), kWrongStream);
}

std::optional<H2Violation> check_size(const H2FrameHeader& header) {
  switch (header.type) {
    case H2FrameType::priority:
      return unless(header.size == 5, {H2Fault::frame_size, H2Error::frame_size_error, true});
    case H2FrameType::rst_stream:
    case H2FrameType::window_update:
      return unless(header.size == 4, kWrongSize);
    case H2FrameType::settings:
      return unless(header.has(kH2Ack) ? header.size == 0 : header.size % kH2SettingSize == 0, kWrongSize);
    case H2FrameType::ping:
      return unless(header.size == 8, kWrongSize);
    case H2FrameType::go_away:
      return unless(header.size >= 8, kWrongSize);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::uint32_t read_u32(std::string_view bytes) {
  return byte_at(bytes, 0) << 24 | byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 | byte_at(bytes, 3);
}

void write_u32(char* to, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) to[i] = low_byte(value >> (24 - 8 * i));
}

std::uint64_t read_u64(std::string_view bytes) {
  return std::uint64_t{read_u32(bytes)} << 32 | read_u32(bytes.substr(4));
}

void write_u64(char* to, std::uint64_t value) {
  write_u32(to, static_cast<std::uint32_t>(value >> 32));
  write_u32(to + 4, static_cast<std::uint32_t>(value));
}

H2FrameHeader read_frame_header(std::string_view bytes) {
  return {.size = byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2),
          .type = static_cast<H2FrameType>(byte_at(bytes, 3)),
          .flags = static_cast<std::uint8_t>(byte_at(bytes, 4)),
          .stream = read_u32(bytes.substr(5)) & kH2MaxStreamId};
}

void write_frame_header(char* to, const H2FrameHeader& header) {
  write_u32(to, header.size << 8 | static_cast<std::uint32_t>(header.type));
  to[4] = low_byte(header.flags);
  write_u32(to + 5, header.stream);
}

std::optional<H2Violation> check_frame(const H2FrameHeader& header) {
  if (header.size > kH2MaxFrameSize) return kWrongSize;
  // Push is switched off by a client and never a server's to receive (RFC 9113 8.4).
  if (header.type == H2FrameType::push_promise) return kWrongStream;
  if (const auto wrong = check_stream(header)) return wrong;
  return check_size(header);
}

std::optional<std::string_view> field_block_of(const H2FrameHeader& header, std::string_view payload) {
  std::size_t front = 0;
  std::size_t padding = 0;
  if (header.has(kH2Padded)) {
    if (payload.empty()) return std::nullopt;
    padding = byte_at(payload, 0);
    front = 1;
  }
  if (header.has(kH2Priority)) front += 5;
  if (front + padding > payload.size()) return std::nullopt;
  return payload.substr(front, payload.size() - front - padding);
}

H2Setting read_setting(std::string_view bytes) {
  return {static_cast<H2SettingId>(byte_at(bytes, 0) << 8 | byte_at(bytes, 1)), read_u32(bytes.substr(2))};
}

void write_setting(char* to, const H2Setting& setting) {
  const auto id = static_cast<std::uint16_t>(setting.id);
  to[0] = low_byte(id >> 8);
  to[1] = low_byte(id);
  write_u32(to + 2, setting.value);
}

std::optional<H2Violation> check_setting(const H2Setting& setting, bool from_server) {
  switch (setting.id) {
    case H2SettingId::enable_push:
      return unless(setting.value <= (from_server ? 0U : 1U), {});
    case H2SettingId::initial_window_size:
      return unless(setting.value <= kH2MaxWindow, {H2Fault::flow_control, H2Error::flow_control_error});
    case H2SettingId::max_frame_size:
      return unless(setting.value >= kH2MaxFrameSize && setting.value <= 0xffffff, {});
    default:
      return std::nullopt;
  }
}

}  // namespace naru::http
