#include "lb/bgp/listener.h"

#include <boost/asio/ip/v6_only.hpp>

#include "base/log.h"
#include "base/time.h"
#include "lb/bgp/socket_options.h"
#include "runtime/socket.h"

namespace naru::lb::bgp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration kPause = std::chrono::seconds(1);  // when no connection can be accepted: descriptors may be short

tcp::endpoint endpoint_of(const SocketAddress& at) {
  if (at.ip.is_v4()) return {asio::ip::address_v4(at.ip.v4_value()), at.port.value()};
  return {asio::ip::address_v6(at.ip.bytes()), at.port.value()};
}

}  // namespace

Listener::Listener(asio::io_context& io, const SocketAddress& address, OnSocket on_socket)
    : address_(address), on_socket_(std::move(on_socket)), acceptor_(io), pause_(io) {}

int Listener::open() {
  boost::system::error_code failure;
  const tcp::endpoint endpoint = endpoint_of(address_);
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure && !address_.ip.is_v4()) acceptor_.set_option(asio::ip::v6_only(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(tcp::acceptor::max_listen_connections, failure);
  return failure.value();
}

void Listener::set_peers(std::span<const PeerSettings> peers) {
  const bool is_new = !acceptor_.is_open();
  if (is_new) {
    const int error = open();
    fault_ = error == 0 ? "" : runtime::socket_error(error, "BGP: listening on " + address_.to_string()).message;
    if (error != 0) {
      log::warn("{}", fault_);
      close();
      return;
    }
  }
  set_passwords(peers);
  if (is_new) accept();
}

void Listener::set_passwords(std::span<const PeerSettings> peers) {
  for (const IpAddress& peer : std::exchange(signed_, {})) {
    [[maybe_unused]] const int ignored = set_password(acceptor_.native_handle(), peer, "");
  }
  for (const PeerSettings& peer : peers) {
    if (peer.password.empty() || peer.address.family() != address_.ip.family()) continue;
    const int error = set_password(acceptor_.native_handle(), peer.address, peer.password);
    if (error != 0) log::warn("{}", runtime::socket_error(error, "BGP: password of " + peer.name).message);
    signed_.push_back(peer.address);
  }
}

void Listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](const auto& failure, Socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (!failure) {
      self->on_socket_(std::move(socket));
      return self->accept();
    }
    self->pause_.expires_after(kPause);
    self->pause_.async_wait([self](const auto&) {
      if (self->acceptor_.is_open()) self->accept();
    });
  });
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace naru::lb::bgp
