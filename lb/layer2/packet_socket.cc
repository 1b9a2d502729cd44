#include "lb/layer2/packet_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/socket.h"

namespace naru::lb::layer2 {
namespace {

constexpr int kBuffer = 4 << 20;  // thousands of frames, each of which counts with all that the kernel keeps for it
constexpr std::size_t kFrameRoom = 1024;  // longer ones are cut short: what follows is none of our options

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}

/// Goes on if the value equals `k`, else skips `otherwise` instructions.
constexpr sock_filter unless(std::uint32_t k, std::uint8_t otherwise) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, otherwise, k};
}

/// The other way round.
constexpr sock_filter skip_if(std::uint32_t k, std::uint8_t then) {
  return {BPF_JMP | BPF_JEQ | BPF_K, then, 0, k};
}

constexpr std::uint32_t extension(int offset) {
  return static_cast<std::uint32_t>(SKF_AD_OFF + offset);
}

// Frames of a VLAN for which there is no interface pass by here too, their tags taken off and marked as somebody
// else's: they are not this segment's.
constexpr std::array kArpOnly{
    statement(BPF_LD | BPF_B | BPF_ABS, extension(SKF_AD_PKTTYPE)),
    skip_if(PACKET_OTHERHOST, 1),
    statement(BPF_RET | BPF_K, kFrameRoom),
    statement(BPF_RET | BPF_K, 0),
};

constexpr std::array kNdpOnly{
    statement(BPF_LD | BPF_B | BPF_ABS, extension(SKF_AD_PKTTYPE)),
    skip_if(PACKET_OTHERHOST, 6),
    statement(BPF_LD | BPF_B | BPF_ABS, 20),  // IPv6's next header
    unless(58, 4),
    statement(BPF_LD | BPF_B | BPF_ABS, 54),  // ICMPv6's type
    skip_if(135, 1),
    unless(136, 1),
    statement(BPF_RET | BPF_K, kFrameRoom),
    statement(BPF_RET | BPF_K, 0),
};

bool attach(int fd, std::span<const sock_filter> filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool bind_to(int fd, unsigned interface_index, FrameKind kind) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kind == FrameKind::arp ? ETH_P_ARP : ETH_P_IPV6);
  address.sll_ifindex = static_cast<int>(interface_index);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<PacketSocket> PacketSocket::open(unsigned interface_index, FrameKind kind) {
  // Protocol 0: nothing comes in before the filter stands and the interface is chosen.
  runtime::UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd && errno == EPERM) {
    return Error{Errc::permission,
                 "cannot open a packet socket (it needs CAP_NET_RAW: run as root, `setcap cap_net_raw=+ep` on the "
                 "binary, or AmbientCapabilities=CAP_NET_RAW in the systemd unit)"};
  }
  if (!fd) return runtime::socket_error(errno, "cannot open a packet socket");
  runtime::set_buffers(fd.get(), kBuffer);
  const bool filtered = kind == FrameKind::arp ? attach(fd.get(), kArpOnly) : attach(fd.get(), kNdpOnly);
  if (!filtered || !bind_to(fd.get(), interface_index, kind)) {
    return runtime::socket_error(errno, "cannot listen for ARP and NDP on the interface");
  }
  return PacketSocket(std::move(fd));
}

std::size_t PacketSocket::receive(const std::function<void(Bytes)>& on_frame) {
  static thread_local std::array<std::array<std::uint8_t, kFrameRoom>, kBatch> buffers;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    parts[i] = {buffers[i].data(), buffers[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int got = ::recvmmsg(fd_.get(), messages.data(), kBatch, 0, nullptr);
  const std::size_t count = got > 0 ? static_cast<std::size_t>(got) : 0;
  for (std::size_t i = 0; i < count; ++i) on_frame(Bytes(buffers[i]).first(messages[i].msg_len));
  return count;
}

Sent PacketSocket::send(std::span<const Frame> frames) {
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  const std::size_t count = std::min(frames.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    parts[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = ::sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), 0);
  if (sent < 0) return {0, errno};
  return {static_cast<std::size_t>(sent), 0};
}

std::uint64_t PacketSocket::lost() {
  tpacket_stats stats{};
  socklen_t size = sizeof stats;
  if (::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0) return 0;
  return stats.tp_drops;
}

}  // namespace naru::lb::layer2
