#include "dns/udp_server.h"

#include <cerrno>
#include <utility>

#include "runtime/socket.h"

namespace naru::dns {
namespace {

constexpr int kBufferBytes = 4 * 1024 * 1024;  // less, and a burst is lost
constexpr int kBatchesPerTurn = 8;             // then it is others' turn
constexpr int kBatchesAtEnd = 256;             // of what is queued when we stop: a flood has no end

bool ask_for_destination(int fd, Family family) {
  const int on = 1;
  return family == Family::ipv4 ? ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0
                                : ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

}  // namespace

Result<std::unique_ptr<UdpServer>> UdpServer::listen(const SocketAddress& address, Serving& serving, UdpBatch& batch) {
  auto fd = runtime::bind_udp(address, kBufferBytes);
  if (!fd) return fd.error();
  return start(address, std::move(*fd), Holder::we, serving, batch);
}

Result<std::unique_ptr<UdpServer>> UdpServer::serve_held(int fd, const SocketAddress& address, Serving& serving,
                                                         UdpBatch& batch) {
  auto own = runtime::duplicate(fd);
  if (!own) return own.error();
  return start(address, std::move(*own), Holder::somebody_else, serving, batch);
}

Result<std::unique_ptr<UdpServer>> UdpServer::start(const SocketAddress& address, runtime::UniqueFd fd, Holder holder,
                                                    Serving& serving, UdpBatch& batch) {
  const int raw = fd.get();
  if (address.ip.is_unspecified() && !ask_for_destination(raw, address.ip.family())) {
    return runtime::socket_error(errno, "cannot learn destination addresses on UDP " + address.to_string());
  }
  std::unique_ptr<UdpServer> server(new UdpServer(address, std::move(fd), holder, serving, batch));
  if (!serving.reactor().add(raw, EPOLLIN, *server)) {
    return runtime::socket_error(errno, "cannot watch UDP " + address.to_string());
  }
  return server;
}

UdpServer::UdpServer(const SocketAddress& address, runtime::UniqueFd fd, Holder holder, Serving& serving,
                     UdpBatch& batch)
    : address_(address),
      fd_(std::move(fd)),
      holder_(holder),
      serving_(serving),
      batch_(batch),
      with_control_(address.ip.is_unspecified()) {
  runtime::KernelAddress bound;
  if (::getsockname(fd_.get(), bound.get(), &bound.size) == 0) address_.port = bound.address().port;
}

UdpServer::~UdpServer() {
  if (receiving_) serving_.reactor().remove(fd_.get(), *this);
}

SocketAddress UdpServer::address() const {
  return address_;
}

void UdpServer::on_ready(std::uint32_t) noexcept {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    if (!serve_batch()) return;
  }
  // Edge-triggered: without new datagrams we would not be called again for the old ones.
  static_cast<void>(serving_.reactor().modify(fd_.get(), EPOLLIN, *this));
}

bool UdpServer::serve_batch() {
  errno = 0;
  const std::size_t count = batch_.receive(fd_.get(), with_control_);
  // An error is one left by an earlier send, and behind it there may be datagrams.
  if (count == 0) return errno != EAGAIN && errno != 0;
  const TimePoint began = Clock::now();
  for (std::size_t i = 0; i < count; ++i) serving_.parse(batch_.query(i), batch_.prepared(i));
  for (std::size_t i = 0; i < count; ++i) serving_.find(batch_.prepared(i));
  for (std::size_t i = 0; i < count; ++i) serving_.fetch(batch_.prepared(i));
  for (std::size_t i = 0; i < count; ++i) serve(i);
  const std::size_t replies = batch_.queued();
  batch_.send(fd_.get(), serving_.metrics());
  if (replies > 0) serving_.count_durations(Clock::now() - began, replies);
  return count == UdpBatch::kSize;
}

void UdpServer::serve(std::size_t i) {
  if (batch_.oversized(i)) return serving_.metrics().drop(DropReason::oversized);
  const Client client{Transport::udp, batch_.client(i)};
  const Answer answered = serving_.serve(batch_.query(i), batch_.prepared(i), client, batch_.reply(i));
  if (answered.action == Action::reply) batch_.queue(i, answered.size);
  if (answered.action == Action::forward) forward(i, answered, client);
}

void UdpServer::forward(std::size_t i, const Answer& answered, const Client& client) {
  auto reply = [this, peer = batch_.peer(i), alive = std::weak_ptr<int>(alive_)](std::span<const std::uint8_t> bytes) {
    if (!alive.expired()) send(peer, bytes);
  };
  serving_.forward(batch_.prepared(i), answered, batch_.reply(i), client, std::move(reply));
}

void UdpServer::send(const UdpPeer& peer, std::span<const std::uint8_t> reply) {
  UdpPeer to = peer;
  iovec vector{const_cast<std::uint8_t*>(reply.data()), reply.size()};
  msghdr header{};
  header.msg_name = &to.address;
  header.msg_namelen = to.address_size;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = to.control_size > 0 ? to.control.data() : nullptr;
  header.msg_controllen = to.control_size;
  if (::sendmsg(fd_.get(), &header, MSG_DONTWAIT) >= 0) return;
  serving_.metrics().drop(errno == EAGAIN ? DropReason::send_buffer_full : DropReason::send_failed);
}

void UdpServer::stop_receiving() {
  if (!receiving_) return;
  receiving_ = false;
  serving_.reactor().remove(fd_.get(), *this);
  if (holder_ == Holder::we) leave_port();
  for (int i = 0; i < kBatchesAtEnd && serve_batch(); ++i) {
  }
}

// A socket that is connected gets nothing but from its peer: so ours leaves the group that shares the port, but can
// still send from it what upstreams have yet to say. What it had got by then is ours to answer.
void UdpServer::leave_port() {
  const IpAddress nobody = address_.ip.is_v4() ? IpAddress::v4(0x7f000001) : *IpAddress::parse("::1");
  const runtime::KernelAddress peer(SocketAddress{nobody, Port(9)});
  static_cast<void>(::connect(fd_.get(), peer.get(), peer.size));
}

}  // namespace naru::dns
