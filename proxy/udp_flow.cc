#include "proxy/udp_flow.h"

#include <cerrno>

#include "proxy/udp_rules.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

/// Longer ones are not kept to be sent again: what asks once and waits for the answer fits into one packet.
constexpr std::size_t kMaxKept = 1500;
/// Batches of replies read from one flow before the others have their turn.
constexpr int kBatchesPerTurn = 32;
/// For a flow that has shown that it gets many datagrams at once; the kernel's default does for the others.
constexpr int kBulkBuffer = 4 << 20;

}  // namespace

UdpFlow::UdpFlow(UdpFrontend& frontend, const SocketAddress& client)
    : frontend_(frontend),
      client_(client),
      port_(frontend.binding.port),
      began_(now()),
      last_traffic_(now()),
      idle_timer_([this] { on_idle_timer(); }) {
  flows().add(*this, client.ip);
  arm_idle_timer();
}

UdpFlow::~UdpFlow() = default;

void UdpFlow::forward(std::span<mmsghdr> datagrams) {
  flows().touch(*this);
  last_traffic_ = now();
  if (version_ != frontend_.version && fd_) {
    if (!may_stay(port_->port(), usable(), endpoint_)) leave_endpoint();
  }
  version_ = frontend_.version;
  if (!fd_) tried_.clear();
  while (!datagrams.empty()) {
    if (!fd_ && !pick()) {
      frontend_.on_dropped(datagrams.size());
      refuse(datagrams.front().msg_hdr.msg_iov->iov_len);
      return frontend_.end(*this, why_none_);
    }
    datagrams = datagrams.subspan(send(datagrams));
  }
}

/// How many of `datagrams`, from the first, are dealt with.
std::size_t UdpFlow::send(std::span<mmsghdr> datagrams) {
  const auto attempt = [&] {
    return ::sendmmsg(fd_.get(), datagrams.data(), static_cast<unsigned>(datagrams.size()), 0);
  };
  int count = attempt();
  // What ICMP said of the size of an earlier datagram is told once, in place of sending this one.
  if (count < 0 && classify_udp_failure(errno) == UdpFailure::datagram) count = attempt();
  if (count > 0) {
    on_sent(datagrams.first(static_cast<std::size_t>(count)));
    return static_cast<std::size_t>(count);
  }
  switch (classify_udp_failure(errno)) {
    case UdpFailure::interrupted:
      return 0;
    case UdpFailure::endpoint:
      (void)on_refused();  // an earlier datagram was; these have not been sent
      return 0;
    case UdpFailure::full:
      frontend_.on_dropped(datagrams.size());
      return datagrams.size();
    case UdpFailure::datagram:
      break;
  }
  frontend_.on_dropped(1);
  return 1;
}

void UdpFlow::on_sent(std::span<mmsghdr> datagrams) {
  (void)take_kept();
  for (const mmsghdr& datagram : datagrams) bytes_received_ += datagram.msg_hdr.msg_iov->iov_len;
  if (unanswered_ == 0 && datagrams.size() == 1) {
    const iovec& part = *datagrams.front().msg_hdr.msg_iov;
    if (part.iov_len <= kMaxKept) keep(std::string(static_cast<const char*>(part.iov_base), part.iov_len));
  }
  unanswered_ += datagrams.size();
}

void UdpFlow::on_ready(std::uint32_t events) noexcept {
  // Behind an error there may be datagrams that no event of their own tells of: then read on until there is nothing.
  const bool error = (events & EPOLLERR) != 0;
  for (int batch = 0; fd_ && batch < kBatchesPerTurn; ++batch) {
    const Read read = read_replies();
    if (read == Read::refused && !on_refused()) return frontend_.end(*this, why_none_);
    if (read == Read::refused && !fd_ && nobody_left()) refuse(0);
    if (read == Read::refused || read == Read::nothing || (read == Read::all && !error)) return;
  }
  // The others' turn; epoll reports the rest again.
  if (fd_) (void)frontend_.context.reactor.modify(fd_.get(), EPOLLIN, *this);
}

UdpFlow::Read UdpFlow::read_replies() {
  const auto received = flows().replies.receive(fd_.get(), client_, frontend_);
  if (received.count > 0) {
    on_answered(received);
    if (received.more && !bulk_) runtime::set_buffers(fd_.get(), kBulkBuffer);
    bulk_ = bulk_ || received.more;
    return received.more ? Read::more : Read::all;
  }
  switch (classify_udp_failure(errno)) {
    case UdpFailure::full:
      return Read::nothing;
    case UdpFailure::endpoint:
      return Read::refused;
    case UdpFailure::interrupted:
    case UdpFailure::datagram:
      break;
  }
  return Read::more;
}

void UdpFlow::on_answered(const UdpReplies::Received& received) {
  bytes_sent_ += received.bytes;
  last_traffic_ = now();
  flows().touch(*this);
  (void)take_kept();
  unanswered_ = 0;
  tried_.clear();
  if (!answered_) state_->succeeded();
  answered_ = true;
  frontend_.flush_later();
}

void UdpFlow::close() {
  idle_timer_.disarm();
  leave_endpoint();
}

Duration UdpFlow::allowance() const {
  return idle_allowance(port_->port().settings.udp_idle_timeout, frontend_.draining, unanswered_ != 0);
}

void UdpFlow::arm_idle_timer() {
  frontend_.context.reactor.arm(idle_timer_, last_traffic_ + allowance() - now());
}

void UdpFlow::on_idle_timer() {
  // Traffic only notes its time, and does not arm the timer again: it would pay for that with every datagram.
  if (now() - last_traffic_ >= allowance()) {
    frontend_.end(*this, Outcome::idle_timeout);
  } else {
    arm_idle_timer();
  }
}

ConnectionRecord UdpFlow::record() const {
  ConnectionRecord record;
  record.protocol = Protocol::udp;
  record.frontend = frontend_.binding.frontend.kind;
  record.client = client_;
  record.address = frontend_.binding.key.address;
  if (fd_) record.endpoint = endpoint_;
  record.service = port_->port().service;
  record.port_name = port_->port().port_name;
  record.bytes_received = bytes_received_;
  record.bytes_sent = bytes_sent_;
  record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(now() - began_);
  record.attempts = attempts_;
  record.draining = fd_ && is_draining(*port_, endpoint_);
  return record;
}

}  // namespace naru::proxy
