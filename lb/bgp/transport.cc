#include "lb/bgp/transport.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include "lb/bgp/socket_options.h"
#include "runtime/socket.h"

namespace naru::lb::bgp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kInput = 16384;
constexpr Duration kLinger = std::chrono::seconds(1);

tcp::endpoint endpoint_of(const IpAddress& ip, std::uint16_t port) {
  if (ip.is_v4()) return {asio::ip::address_v4(ip.v4_value()), port};
  return {asio::ip::address_v6(ip.bytes()), port};
}

SocketAddress address_of(const tcp::endpoint& endpoint) {
  runtime::KernelAddress address;
  std::memcpy(&address.storage, endpoint.data(), endpoint.size());
  return address.address();
}

EndReason reason_of_connect(int error_number) {
  return error_number == ETIMEDOUT ? EndReason::connect_timed_out : EndReason::connect_failed;
}

}  // namespace

SocketAddress local_address(const Transport::Socket& socket) {
  boost::system::error_code ignored;
  return address_of(socket.local_endpoint(ignored));
}

SocketAddress remote_address(const Transport::Socket& socket) {
  boost::system::error_code failure;
  return address_of(socket.remote_endpoint(failure));
}

Transport::Transport(asio::io_context& io, TransportEvents events)
    : socket_(io), timer_(io), events_(std::move(events)), input_(kInput) {}

Transport::~Transport() = default;

/// errno of what failed; bound and with all options, but not connected.
int Transport::open(const PeerSettings& settings) {
  boost::system::error_code failure;
  socket_.open(settings.address.is_v4() ? tcp::v4() : tcp::v6(), failure);
  if (!failure && settings.source_address) socket_.bind(endpoint_of(*settings.source_address, 0), failure);
  if (failure) return failure.value();
  if (const int error = set_options(socket_.native_handle(), settings)) return error;
  if (settings.password.empty()) return 0;
  return set_password(socket_.native_handle(), settings.address, settings.password);
}

void Transport::connect(const PeerSettings& settings) {
  if (const int error = open(settings)) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), error] { self->fail(EndReason::no_local_address, std::strerror(error)); });
    return;
  }
  socket_.async_connect(endpoint_of(settings.address, settings.port.value()),
                        [self = shared_from_this()](const auto& failure) { self->on_connect(failure.value()); });
}

void Transport::on_connect(int error_number) {
  if (closing_) return;
  if (error_number != 0) return fail(reason_of_connect(error_number), std::strerror(error_number));
  connected_ = true;
  read();
  events_.on_connected(local_address(socket_));
}

void Transport::adopt(Socket socket, const PeerSettings& settings) {
  socket_ = std::move(socket);
  connected_ = true;
  // A socket without them is as good, but for how its packets are treated on the way.
  [[maybe_unused]] const int ignored = set_options(socket_.native_handle(), settings);
  read();
}

void Transport::read() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](const auto& failure, std::size_t size) {
    if (self->closing_ || self->gone_) return;
    if (failure == asio::error::eof) return self->fail(EndReason::connection_closed, "the peer closed the connection");
    if (failure) return self->fail(EndReason::connection_failed, std::strerror(failure.value()));
    self->events_.on_bytes(View(self->input_).first(size));
    if (!self->closing_) self->read();
  });
}

void Transport::send(View bytes) {
  if (closing_ || gone_) return;
  if (queued() == 0) last_progress_ = Clock::now();
  put(waiting_, bytes);
  if (writing_.empty()) write();
}

void Transport::write() {
  if (written_ == writing_.size()) {
    writing_.clear();
    writing_.swap(waiting_);
    written_ = 0;
  }
  if (writing_.empty()) return closing_ ? linger() : events_.on_drained();
  const auto rest = asio::buffer(writing_.data() + written_, writing_.size() - written_);
  socket_.async_write_some(rest, [self = shared_from_this()](const auto& failure, std::size_t size) {
    if (self->gone_) return;
    if (failure) return self->fail(EndReason::connection_failed, std::strerror(failure.value()));
    self->written_ += size;
    self->last_progress_ = Clock::now();
    self->write();
  });
}

void Transport::fail(EndReason reason, std::string text) {
  if (closing_) return vanish();
  if (gone_) return;
  const auto on_closed = std::move(events_.on_closed);
  closing_ = true;
  vanish();
  on_closed(reason, std::move(text));
}

void Transport::close(std::function<void()> on_gone) {
  if (gone_) return asio::post(socket_.get_executor(), std::move(on_gone));
  on_gone_ = std::move(on_gone);
  if (std::exchange(closing_, true)) return;
  if (!connected_) return vanish();
  timer_.expires_after(kLinger);
  timer_.async_wait([self = shared_from_this()](const auto&) { self->vanish(); });
  // What was being read must not be waited for any more; what is being written must.
  if (writing_.empty()) linger();
}

void Transport::abort() {
  closing_ = true;
  vanish();
}

/// All is sent. Closing now, with bytes of the peer unread, would make the kernel send a reset, and that may overtake
/// our last message: so wait for the peer's end.
void Transport::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  socket_.cancel(ignored);
  discard();
}

void Transport::discard() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](const auto& failure, std::size_t) {
    if (self->gone_) return;
    if (failure && failure != asio::error::operation_aborted) return self->vanish();
    self->discard();
  });
}

void Transport::vanish() {
  if (std::exchange(gone_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  if (on_gone_) asio::post(socket_.get_executor(), std::exchange(on_gone_, nullptr));
}

}  // namespace naru::lb::bgp
