#include "proxy/source_filter.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace naru::proxy {
namespace {

constexpr std::uint32_t kDrop = 0;
constexpr std::uint32_t kPass = 0xffffffff;  // all of it
// Of the source address in the network header.
constexpr std::uint32_t kIpv4Source = 12;
constexpr std::uint32_t kIpv6Source = 8;

sock_filter statement(int code, std::uint32_t operand) {
  return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

/// Word `index` of the address, or of its prefix's mask.
std::uint32_t word_of(std::span<const std::uint8_t> bytes, std::size_t index) {
  const auto* at = bytes.data() + 4 * index;
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

std::uint32_t mask_of(unsigned prefix, std::size_t index) {
  const unsigned before = static_cast<unsigned>(32 * index);
  if (prefix <= before) return 0;
  const unsigned bits = prefix - before;
  return bits >= 32 ? 0xffffffff : ~(0xffffffffU >> bits);
}

/// Passes the packet if its source is in `range`; else falls through.
void append_range(std::vector<sock_filter>& program, const Cidr& range) {
  const bool v4 = range.family() == Family::ipv4;
  const IpAddress base = range.base();
  const std::uint32_t offset = v4 ? kIpv4Source : kIpv6Source;
  std::vector<sock_filter> checks;
  for (std::size_t i = 0; i < (v4 ? 1U : 4U); ++i) {
    const std::uint32_t mask = mask_of(static_cast<unsigned>(range.prefix_length()), i);
    if (mask == 0) continue;
    const auto at = static_cast<std::uint32_t>(SKF_NET_OFF) + offset + static_cast<std::uint32_t>(4 * i);
    checks.push_back(statement(BPF_LD | BPF_W | BPF_ABS, at));
    checks.push_back(statement(BPF_ALU | BPF_AND | BPF_K, mask));
    checks.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 0, word_of(base.bytes(), i) & mask});
  }
  checks.push_back(statement(BPF_RET | BPF_K, kPass));
  // A word that differs: on to what follows this range.
  for (std::size_t i = 2; i + 1 < checks.size(); i += 3)
    checks[i].jf = static_cast<std::uint8_t>(checks.size() - 1 - i);
  program.insert(program.end(), checks.begin(), checks.end());
}

}  // namespace

std::optional<std::vector<sock_filter>> source_filter(std::span<const Cidr> admitted, Family family) {
  std::vector<sock_filter> program;
  for (const Cidr& range : admitted) {
    if (range.family() == family) append_range(program, range);
  }
  program.push_back(statement(BPF_RET | BPF_K, kDrop));
  if (program.size() > BPF_MAXINSNS) return std::nullopt;
  return program;
}

int set_filter(int fd, std::span<const sock_filter> program) {
  if (program.empty()) {
    const int unused = 0;
    const bool gone = ::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) == 0;
    return gone || errno == ENOENT ? 0 : errno;
  }
  const sock_fprog all{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all) == 0 ? 0 : errno;
}

}  // namespace naru::proxy
