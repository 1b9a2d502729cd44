#include "dns/tcp_server.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "dns/tcp_connection.h"
#include "runtime/socket.h"

namespace naru::dns {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr int kAcceptsAtEnd = 4096;                                // as many as the backlog holds
constexpr Duration kRetryAccept = std::chrono::milliseconds(100);  // when out of descriptors
constexpr std::size_t kInputSize = 2 + kMaxMessageSize + 16384;    // a whole message, and room behind it
constexpr std::size_t kOutputSize = 2 * (2 + kMaxMessageSize);

}  // namespace

TcpConnections::TcpConnections(Serving& serving, const TcpOptions& options)
    : serving_(serving), options_(options), input_(kInputSize), output_(kOutputSize), timer_([this] { expire(); }) {}

TcpConnections::~TcpConnections() = default;

void TcpConnections::add(runtime::UniqueFd fd, const SocketAddress& client) {
  serving_.metrics().tcp_accepted.add();
  if (finishing_ || !make_room(client.ip)) return;
  auto connection = std::make_unique<TcpConnection>(*this, next_id_++, std::move(fd), client);
  if (!connection->watch()) return serving_.metrics().cut(CutReason::total_limit);
  TcpConnection& added = *connection;
  order_.push_back(std::move(connection));
  added.place_ = std::prev(order_.end());
  by_id_.emplace(added.id(), added.place_);
  ++by_client_[client.ip];
  arm();
}

/// Where all places are taken, the connection that has been idle longest gives way (RFC 7766 6.2.3).
bool TcpConnections::make_room(const IpAddress& client) {
  if (const auto found = by_client_.find(client);
      found != by_client_.end() && found->second >= options_.max_connections_per_client) {
    serving_.metrics().cut(CutReason::client_limit);
    return false;
  }
  if (by_id_.size() < options_.max_connections) return true;
  if (!order_.empty() && order_.front()->idle()) {
    cut(*order_.front(), CutReason::total_limit);
    return true;
  }
  serving_.metrics().cut(CutReason::total_limit);
  return false;
}

TcpConnection* TcpConnections::find(std::uint64_t id) {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? found->second->get() : nullptr;
}

void TcpConnections::touched(TcpConnection& connection) {
  connection.last_progress_ = serving_.reactor().now();
  order_.splice(order_.end(), order_, connection.place_);
}

void TcpConnections::end(TcpConnection& connection) {
  if (by_id_.erase(connection.id()) == 0) return;
  connection.close();
  const auto client = by_client_.find(connection.client());
  if (--client->second == 0) by_client_.erase(client);
  // It may be the one whose event is being handled.
  auto ended = std::move(*connection.place_);
  order_.erase(connection.place_);
  serving_.reactor().retire(std::move(ended));
}

void TcpConnections::cut(TcpConnection& connection, CutReason reason) {
  serving_.metrics().cut(reason);
  end(connection);
}

void TcpConnections::expire() {
  const TimePoint limit = serving_.reactor().now() - options_.idle_timeout;
  while (!order_.empty() && order_.front()->last_progress() <= limit) {
    TcpConnection& oldest = *order_.front();
    cut(oldest, oldest.has_unsent() ? CutReason::slow_reader : CutReason::idle);
  }
  arm();
}

void TcpConnections::arm() {
  if (order_.empty() || timer_.armed()) return;
  const Duration left = order_.front()->last_progress() + options_.idle_timeout - serving_.reactor().now();
  serving_.reactor().arm(timer_, std::max(left, Duration::zero()));
}

void TcpConnections::finish_all() {
  finishing_ = true;
  for (auto at = order_.begin(); at != order_.end();) {
    TcpConnection& connection = **at++;
    connection.finish();
  }
}

Result<std::unique_ptr<TcpServer>> TcpServer::listen(const SocketAddress& address, Serving& serving,
                                                     TcpConnections& connections) {
  auto fd = runtime::listen_tcp(address);
  if (!fd) return fd.error();
  return start(address, std::move(*fd), serving, connections);
}

Result<std::unique_ptr<TcpServer>> TcpServer::serve_held(int fd, const SocketAddress& address, Serving& serving,
                                                         TcpConnections& connections) {
  auto own = runtime::duplicate(fd);
  if (!own) return own.error();
  return start(address, std::move(*own), serving, connections);
}

Result<std::unique_ptr<TcpServer>> TcpServer::start(const SocketAddress& address, runtime::UniqueFd fd,
                                                    Serving& serving, TcpConnections& connections) {
  const int raw = fd.get();
  std::unique_ptr<TcpServer> server(new TcpServer(address, std::move(fd), serving, connections));
  if (!serving.reactor().add(raw, EPOLLIN, *server)) {
    return runtime::socket_error(errno, "cannot watch TCP " + address.to_string());
  }
  return server;
}

TcpServer::TcpServer(const SocketAddress& address, runtime::UniqueFd fd, Serving& serving, TcpConnections& connections)
    : address_(address), fd_(std::move(fd)), serving_(serving), connections_(connections), retry_([this] {
        on_ready(EPOLLIN);
      }) {
  runtime::KernelAddress bound;
  if (::getsockname(fd_.get(), bound.get(), &bound.size) == 0) address_.port = bound.address().port;
}

TcpServer::~TcpServer() {
  if (fd_) serving_.reactor().remove(fd_.get(), *this);
}

void TcpServer::on_ready(std::uint32_t) noexcept {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const Accepted accepted = accept_one();
    if (accepted == Accepted::none) return;
    if (accepted == Accepted::try_later) return serving_.reactor().arm(retry_, kRetryAccept);
  }
  static_cast<void>(serving_.reactor().modify(fd_.get(), EPOLLIN, *this));
}

TcpServer::Accepted TcpServer::accept_one() {
  runtime::KernelAddress client;
  runtime::UniqueFd fd(::accept4(fd_.get(), client.get(), &client.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) {
    connections_.add(std::move(fd), client.address());
    return Accepted::one;
  }
  switch (errno) {
    case EAGAIN:
      return Accepted::none;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Accepted::try_later;
    default:
      return Accepted::one;  // that client's own failure: it has gone again
  }
}

void TcpServer::stop_accepting() {
  if (!fd_) return;
  for (int i = 0; i < kAcceptsAtEnd && accept_one() == Accepted::one; ++i) {
  }
  retry_.disarm();
  serving_.reactor().remove(fd_.get(), *this);
  fd_.reset();
}

}  // namespace naru::dns
