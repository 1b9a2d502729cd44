#include "demo/grpc_message.h"

#include <boost/endian/conversion.hpp>

namespace naru::demo {
namespace {

constexpr std::size_t kPrefix = 5;  // one byte: compressed or not; four: length, big-endian

}  // namespace

std::string grpc_frame(std::string_view message) {
  std::string out(kPrefix, '\0');
  boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(out.data() + 1),
                               static_cast<std::uint32_t>(message.size()));
  return out.append(message);
}

std::optional<std::string_view> grpc_unframe(std::string_view body) {
  if (body.size() < kPrefix || body[0] != '\0') return std::nullopt;
  const auto size = boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(body.data() + 1));
  if (body.size() != kPrefix + size) return std::nullopt;
  return body.substr(kPrefix);
}

}  // namespace naru::demo
