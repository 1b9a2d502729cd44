#include "lb/layer2/icmpv6.h"

namespace naru::lb::layer2 {
namespace {

std::uint32_t sum_of(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get16(bytes, i);
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back() << 8);
  return sum;
}

}  // namespace

std::uint16_t icmpv6_checksum(const IpAddress& source, const IpAddress& destination, Bytes message) {
  // 64 KiB of message add less than 2^31: no overflow before the carries are folded in.
  std::uint32_t sum = sum_of(source.bytes()) + sum_of(destination.bytes()) + sum_of(message) + kNextHeaderIcmpv6 +
                      static_cast<std::uint32_t>(message.size());
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace naru::lb::layer2
