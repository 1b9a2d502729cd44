#include "dns/upstream_channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "dns/types.h"
#include "dns/wire.h"

namespace naru::dns {

/// What c-ares calls for its sockets: kAll is our UDP sockets, each other one is a TCP socket.
struct UpstreamChannel::SocketFunctions {
  static UpstreamPorts& ports(void* channel) { return static_cast<UpstreamChannel*>(channel)->ports_; }

  static ares_socket_t open(int family, int type, int protocol, void*) {
    return type == SOCK_DGRAM ? UpstreamPorts::kAll : ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  }
  static int close(ares_socket_t fd, void*) { return fd == UpstreamPorts::kAll ? 0 : ::close(fd); }
  static int connect(ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void*) {
    if (fd == UpstreamPorts::kAll) return 0;
    const int on = 1;
    static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    return ::connect(fd, to, size);
  }
  static ares_ssize_t receive(ares_socket_t fd, void* to, std::size_t size, int flags, sockaddr* from,
                              ares_socklen_t* from_size, void* channel) {
    if (fd != UpstreamPorts::kAll) return ::recvfrom(fd, to, size, flags, from, from_size);
    const auto got = ports(channel).receive(to, size);
    // The socket is connected: what it receives is from there.
    if (got >= 0)
      std::copy_n(reinterpret_cast<const char*>(&upstream(channel).storage), *from_size, reinterpret_cast<char*>(from));
    return got;
  }
  static ares_ssize_t send(ares_socket_t fd, const iovec* parts, int count, void* channel) {
    if (fd == UpstreamPorts::kAll) return ports(channel).send(parts->iov_base, parts->iov_len);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
  }
  static const runtime::KernelAddress& upstream(void* channel) {
    return static_cast<UpstreamChannel*>(channel)->upstream_;
  }

  static constexpr ares_socket_functions kTable{open, close, connect, receive, send};
};

namespace {

constexpr int kReadsPerTurn = 16;  // of one port: who says more is no name server

/// Everything that c-ares would else look for in resolv.conf, and that makes it not look. No search, no aliases, one
/// try. ARES_FLAG_EDNS adds nothing to a message that we make ourselves, but without it c-ares 1.18 cuts UDP answers
/// off at 512 bytes. ARES_FLAG_NOCHECKRESP, or it keeps SERVFAIL for itself. ARES_FLAG_IGNTC: who goes on to TCP is
/// UpstreamAttempts, with a channel for it.
ares_channel open_channel(Transport transport, ares_sock_state_cb on_socket_state, void* argument,
                          int timeout_milliseconds) {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  char lookups[] = "b";
  ares_options options{};
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | ARES_FLAG_IGNTC;
  if (transport == Transport::tcp) options.flags |= ARES_FLAG_USEVC;
  options.timeout = timeout_milliseconds;
  options.tries = 1;
  options.ndots = 0;
  options.lookups = lookups;
  options.sock_state_cb = on_socket_state;
  options.sock_state_cb_data = argument;
  options.ednspsz = static_cast<int>(kMaxUdpPayload);
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SERVERS |
                   ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
                   ARES_OPT_NOROTATE;
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
  std::uint16_t id{};
};

UpstreamChannel::UpstreamChannel(runtime::Reactor& reactor, const SocketAddress& upstream, Transport transport,
                                 Duration timeout, std::function<void(UpstreamChannel&)> on_progress)
    : reactor_(reactor),
      on_progress_(std::move(on_progress)),
      transport_(transport),
      upstream_(upstream),
      ports_(reactor, upstream, [this](std::uint16_t id) { read_port(id); }),
      timer_([this] {
        process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        after_processing();
      }) {
  tcp_.owner = this;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  channel_.reset(open_channel(transport, &on_socket_state, this, static_cast<int>(milliseconds)));
  if (channel_ != nullptr && !set_server(channel_.get(), upstream)) channel_.reset();
  if (channel_ != nullptr) ares_set_socket_functions(channel_.get(), &SocketFunctions::kTable, this);
}

UpstreamChannel::~UpstreamChannel() {
  channel_.reset();
}

void UpstreamChannel::send(std::uint64_t tag, const std::string& message) {
  const std::uint16_t id = get16(std::span(reinterpret_cast<const std::uint8_t*>(message.data()), message.size()), 0);
  ++sent_;
  if (transport_ == Transport::udp && !ports_.open(id)) {
    answers_.push_back({tag, ARES_ECONNREFUSED, {}});
    return;
  }
  queries_[id] = {tag, true};
  auto waiting = std::make_unique<Waiting>(Waiting{this, id});
  ares_send(channel_.get(), reinterpret_cast<const unsigned char*>(message.data()), static_cast<int>(message.size()),
            &on_answer, waiting.release());
  arm_timer();
}

void UpstreamChannel::forget(std::uint16_t id) {
  const auto query = queries_.find(id);
  if (query == queries_.end()) return;
  query->second.wanted = false;
  ports_.close(id);
}

// Only takes note: c-ares 1.18 is not to be called, and no query to be cancelled, from within its callbacks.
void UpstreamChannel::on_answer(void* argument, int status, int, unsigned char* message, int size) noexcept {
  const std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(argument));
  const std::size_t bytes = status == ARES_SUCCESS ? static_cast<std::size_t>(size) : 0;
  waiting->owner->end(waiting->id, status, {message, bytes});
  waiting->owner->queries_.erase(waiting->id);
}

void UpstreamChannel::end(std::uint16_t id, int status, std::span<const std::uint8_t> message) {
  const auto query = queries_.find(id);
  if (query == queries_.end() || !query->second.wanted) return;
  answers_.push_back({query->second.tag, status, {message.begin(), message.end()}});
  forget(id);
}

// Told before c-ares closes the descriptor, so that it leaves the Reactor while it is still that descriptor.
void UpstreamChannel::on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) noexcept {
  if (fd == UpstreamPorts::kAll) return;
  const std::uint32_t interest = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
  static_cast<UpstreamChannel*>(argument)->watch(fd, interest);
}

void UpstreamChannel::watch(ares_socket_t fd, std::uint32_t interest) {
  tcp_.interest = interest;
  if (tcp_.fd == fd && interest == 0) {
    reactor_.remove(fd, tcp_);
    tcp_.fd = ARES_SOCKET_BAD;
  } else if (tcp_.fd == fd) {
    static_cast<void>(reactor_.modify(fd, interest, tcp_));
  } else if (tcp_.fd == ARES_SOCKET_BAD && interest != 0 && reactor_.add(fd, interest, tcp_)) {
    // Without room in epoll the query ends by its time-out.
    tcp_.fd = fd;
  }
}

void UpstreamChannel::read_port(std::uint16_t id) {
  int turns = kReadsPerTurn;
  do {
    process(UpstreamPorts::kAll, ARES_SOCKET_BAD);
  } while (ports_.may_have_more() && --turns > 0);
  if (const auto ended = ports_.take_ended(); ended.status != ARES_ENODATA) end(id, ended.status, ended.message);
  after_processing();
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
  if (!answers_.empty() || queries_.empty()) on_progress_(*this);
}

// ares_timeout() looks at every query, so it is not asked for each: a timer that comes too early asks again.
void UpstreamChannel::arm_timer() {
  if (queries_.empty()) return timer_.disarm();
  timeval wait{};
  if (timer_.armed() || ares_timeout(channel_.get(), nullptr, &wait) == nullptr) return;
  reactor_.arm(timer_, std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec));
}

}  // namespace naru::dns
