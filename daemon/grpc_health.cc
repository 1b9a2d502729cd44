#include "daemon/grpc_health.h"

#include <cstdint>

namespace naru::daemon {
namespace {

constexpr std::size_t kPrefix = 5;  // compressed flag, length
constexpr std::uint64_t kServing = 1;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

/// Takes one off the front. Nothing: it does not end, or is longer than 64 bits.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

/// Takes the content of a field off the front, whatever it is.
bool skip(std::string_view& bytes, std::uint64_t wire_type) {
  std::optional<std::uint64_t> size;
  if (wire_type == 0) return take_varint(bytes).has_value();
  if (wire_type == 1) size = 8;
  if (wire_type == 5) size = 4;
  if (wire_type == 2) size = take_varint(bytes);
  if (!size || *size > bytes.size()) return false;
  bytes.remove_prefix(*size);
  return true;
}

/// `status` of a HealthCheckResponse, which is its field 1. Nothing: not a message.
std::optional<std::uint64_t> status_of(std::string_view message) {
  std::uint64_t status = 0;  // UNKNOWN, which is not sent
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag) return std::nullopt;
    if (*tag == (1U << 3)) {
      const auto value = take_varint(message);
      if (!value) return std::nullopt;
      status = *value;
    } else if (!skip(message, *tag & 7)) {
      return std::nullopt;
    }
  }
  return status;
}

/// The one message of `body`. Nothing: none, several, or compressed, which was not asked for.
std::optional<std::string_view> message_of(std::string_view body) {
  if (body.size() < kPrefix || body[0] != 0) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) size = size << 8 | static_cast<std::uint8_t>(body[i]);
  if (body.size() - kPrefix != size) return std::nullopt;
  return body.substr(kPrefix);
}

}  // namespace

std::string health_check_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += static_cast<char>(1U << 3 | 2);
    append_varint(message, service.size());
    message += service;
  }
  const auto size = message.size();
  std::string out(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(size >> shift & 0xFF);
  return out + message;
}

lb::ProbeResult health_check_result(std::string_view body, std::optional<int> grpc_status) {
  if (!grpc_status) return lb::ProbeResult::bad_response;
  if (*grpc_status != 0) return lb::ProbeResult::bad_status;
  const auto message = message_of(body);
  const auto status = message ? status_of(*message) : std::nullopt;
  if (!status) return lb::ProbeResult::bad_response;
  return *status == kServing ? lb::ProbeResult::success : lb::ProbeResult::not_serving;
}

}  // namespace naru::daemon
