// Reading datagrams with the addresses and the TTL that they came with.
#include <array>
#include <cstring>

#include "lb/bfd/sockets.h"
#include "runtime/socket.h"

namespace naru::lb::bfd {
namespace {

constexpr std::size_t kBatch = 32;
// More than a full buffer of ours holds: all that waits is read, but a flood cannot keep us reading.
constexpr std::size_t kMostBatches = 512;

struct Slot {
  runtime::KernelAddress from;
  std::array<std::uint8_t, 256> payload{};  // Length is one byte
  alignas(cmsghdr) std::array<char, 128> control{};
  iovec vector{};
};

struct Batch {
  std::array<Slot, kBatch> slots;
  std::array<mmsghdr, kBatch> headers{};

  void prepare() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      Slot& slot = slots[i];
      slot.vector = {slot.payload.data(), slot.payload.size()};
      headers[i] = {};
      msghdr& header = headers[i].msg_hdr;
      header.msg_name = &slot.from.storage;
      header.msg_namelen = sizeof slot.from.storage;
      header.msg_iov = &slot.vector;
      header.msg_iovlen = 1;
      header.msg_control = slot.control.data();
      header.msg_controllen = slot.control.size();
    }
  }
};

template <class T>
T content(const cmsghdr& message) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&message), sizeof value);
  return value;
}

void take_detail(const cmsghdr& message, Arrival& arrival) {
  if (message.cmsg_level == IPPROTO_IP && message.cmsg_type == IP_PKTINFO) {
    arrival.to = IpAddress::v4(ntohl(content<in_pktinfo>(message).ipi_addr.s_addr));
  } else if (message.cmsg_level == IPPROTO_IPV6 && message.cmsg_type == IPV6_PKTINFO) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), content<in6_pktinfo>(message).ipi6_addr.s6_addr, bytes.size());
    arrival.to = IpAddress::v6(bytes);
  } else if ((message.cmsg_level == IPPROTO_IP && message.cmsg_type == IP_TTL) ||
             (message.cmsg_level == IPPROTO_IPV6 && message.cmsg_type == IPV6_HOPLIMIT)) {
    arrival.ttl = static_cast<std::uint8_t>(content<int>(message));
  }
}

/// A TTL that the kernel did not tell stays 0, and is refused.
Arrival arrival_of(msghdr& header, const Slot& slot, bool multihop) {
  Arrival arrival;
  arrival.from = slot.from.address().ip;
  arrival.multihop = multihop;
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr; message = CMSG_NXTHDR(&header, message)) {
    take_detail(*message, arrival);
  }
  return arrival;
}

}  // namespace

void read_all(int fd, bool multihop, const std::function<void(const Arrival&, std::span<const std::uint8_t>)>& handle) {
  Batch batch;
  for (std::size_t round = 0; round < kMostBatches; ++round) {
    batch.prepare();
    const int got = ::recvmmsg(fd, batch.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) {
      const auto at = static_cast<std::size_t>(i);
      mmsghdr& header = batch.headers[at];
      handle(arrival_of(header.msg_hdr, batch.slots[at], multihop), {batch.slots[at].payload.data(), header.msg_len});
    }
    if (got < static_cast<int>(kBatch)) return;
  }
}

}  // namespace naru::lb::bfd
