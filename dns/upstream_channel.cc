#include "dns/upstream_channel.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "dns/types.h"

namespace naru::dns {
namespace {

constexpr int kSocketBuffer = 256 * 1024;

/// Everything that c-ares would else look for in resolv.conf, and that makes it not look. No search, no aliases, one
/// try. ARES_FLAG_EDNS adds nothing to a message that we make ourselves, but without it c-ares 1.18 cuts UDP answers
/// off at 512 bytes. ARES_FLAG_NOCHECKRESP, or it keeps SERVFAIL for itself.
ares_channel open_channel(Transport transport, ares_sock_state_cb on_socket_state, void* argument,
                          int timeout_milliseconds) {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  char lookups[] = "b";
  ares_options options{};
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  if (transport == Transport::tcp) options.flags |= ARES_FLAG_USEVC;
  options.timeout = timeout_milliseconds;
  options.tries = 1;
  options.ndots = 0;
  options.socket_send_buffer_size = options.socket_receive_buffer_size = kSocketBuffer;
  options.lookups = lookups;
  options.sock_state_cb = on_socket_state;
  options.sock_state_cb_data = argument;
  options.ednspsz = static_cast<int>(kMaxUdpPayload);
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SERVERS |
                   ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
                   ARES_OPT_NOROTATE | ARES_OPT_SOCK_SNDBUF | ARES_OPT_SOCK_RCVBUF;
  ares_channel channel = nullptr;
  return ares_init_options(&channel, &options, mask) == ARES_SUCCESS ? channel : nullptr;
}

bool set_server(ares_channel channel, const SocketAddress& upstream) {
  ares_addr_port_node node{};
  node.family = upstream.ip.is_v4() ? AF_INET : AF_INET6;
  node.udp_port = node.tcp_port = upstream.port.value();
  std::copy_n(upstream.ip.bytes().data(), upstream.ip.bits() / 8, reinterpret_cast<std::uint8_t*>(&node.addr));
  return ares_set_servers_ports(channel, &node) == ARES_SUCCESS;
}

}  // namespace

/// What a query's callback needs; freed by it.
struct UpstreamChannel::Waiting {
  UpstreamChannel* owner{};
  std::uint64_t tag{};
};

UpstreamChannel::UpstreamChannel(runtime::Reactor& reactor, const SocketAddress& upstream, Transport transport,
                                 Duration timeout, std::function<void(UpstreamChannel&)> on_progress)
    : reactor_(reactor), on_progress_(std::move(on_progress)), timer_([this] {
        process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        after_processing();
      }) {
  for (Socket& socket : sockets_) socket.owner = this;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  channel_.reset(open_channel(transport, &on_socket_state, this, static_cast<int>(milliseconds)));
  if (channel_ != nullptr && !set_server(channel_.get(), upstream)) channel_.reset();
}

UpstreamChannel::~UpstreamChannel() {
  channel_.reset();
}

void UpstreamChannel::send(std::uint64_t tag, const std::string& message) {
  auto waiting = std::make_unique<Waiting>(Waiting{this, tag});
  ++in_flight_;
  ++sent_;
  ares_send(channel_.get(), reinterpret_cast<const unsigned char*>(message.data()), static_cast<int>(message.size()),
            &on_answer, waiting.release());
  arm_timer();
}

// Only takes note: c-ares 1.18 is not to be called, and no query to be cancelled, from within its callbacks.
void UpstreamChannel::on_answer(void* argument, int status, int, unsigned char* message, int size) noexcept {
  const std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(argument));
  UpstreamAnswer answer{waiting->tag, status, {}};
  if (status == ARES_SUCCESS) answer.message.assign(message, message + size);
  --waiting->owner->in_flight_;
  waiting->owner->answers_.push_back(std::move(answer));
}

// Told before c-ares closes the descriptor, so that it leaves the Reactor while it is still that descriptor.
void UpstreamChannel::on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) noexcept {
  const std::uint32_t interest = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
  static_cast<UpstreamChannel*>(argument)->watch(fd, interest);
}

void UpstreamChannel::watch(ares_socket_t fd, std::uint32_t interest) {
  const auto with = [&](ares_socket_t wanted) {
    return std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) { return socket.fd == wanted; });
  };
  auto socket = with(fd);
  if (socket != sockets_.end()) {
    socket->interest = interest;
    if (interest == 0) {
      reactor_.remove(fd, *socket);
      socket->fd = ARES_SOCKET_BAD;
    } else {
      static_cast<void>(reactor_.modify(fd, interest, *socket));
    }
    return;
  }
  socket = with(ARES_SOCKET_BAD);
  // Without room in epoll the query ends by its time-out.
  if (interest == 0 || socket == sockets_.end() || !reactor_.add(fd, interest, *socket)) return;
  socket->fd = fd;
  socket->interest = interest;
}

void UpstreamChannel::Socket::on_ready(std::uint32_t events) noexcept {
  UpstreamChannel& channel = *owner;
  const bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool read = failed || (events & EPOLLIN) != 0;
  const bool write = (events & EPOLLOUT) != 0 && (interest & EPOLLOUT) != 0;
  const ares_socket_t ready = fd;
  channel.process(read ? ready : ARES_SOCKET_BAD, write ? ready : ARES_SOCKET_BAD);
  // c-ares reads a TCP socket once per call: an edge would be lost, so ask for it again.
  if (fd != ARES_SOCKET_BAD) static_cast<void>(channel.reactor_.modify(fd, interest, *this));
  channel.after_processing();
}

void UpstreamChannel::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_.get(), readable, writable);
}

void UpstreamChannel::after_processing() {
  arm_timer();
  if (!answers_.empty()) on_progress_(*this);
}

void UpstreamChannel::arm_timer() {
  timeval wait{};
  if (ares_timeout(channel_.get(), nullptr, &wait) == nullptr) {
    timer_.disarm();
    return;
  }
  reactor_.arm(timer_, std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec));
}

}  // namespace naru::dns
