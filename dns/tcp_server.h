// DNS over TCP on one address (RFC 7766, RFC 9210): pipelining, answers in the order in which they are there.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "dns/options.h"
#include "dns/serving.h"
#include "runtime/reactor.h"
#include "runtime/timer_wheel.h"
#include "runtime/unique_fd.h"

namespace naru::dns {

class TcpConnection;

/// What all TCP connections of a worker share: buffers, so that an idle connection holds none, and the limits.
class TcpConnections {
 public:
  TcpConnections(Serving& serving, const TcpOptions& options);
  ~TcpConnections();
  TcpConnections(const TcpConnections&) = delete;
  TcpConnections& operator=(const TcpConnections&) = delete;

  /// A connection that a listener accepted.
  void add(runtime::UniqueFd fd, const SocketAddress& client);
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }
  /// From now on a connection ends once its queries are answered.
  void finish_all();

 private:
  friend class TcpConnection;
  using Order = std::list<std::unique_ptr<TcpConnection>>;  // longest without a whole query or reply first

  [[nodiscard]] TcpConnection* find(std::uint64_t id);
  void touched(TcpConnection& connection);
  void end(TcpConnection& connection);
  void cut(TcpConnection& connection, CutReason reason);
  bool make_room(const IpAddress& client);
  void expire();
  void arm();

  Serving& serving_;
  TcpOptions options_;
  Order order_;
  std::unordered_map<std::uint64_t, Order::iterator> by_id_;
  std::unordered_map<IpAddress, std::size_t> by_client_;
  std::uint64_t next_id_{1};
  bool finishing_{false};
  std::vector<std::uint8_t> input_;  // of the connection whose turn it is
  std::vector<std::uint8_t> output_;
  runtime::Timer timer_;
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what waits for upstreams looks whether we still are
};

/// One worker's listener for one address.
class TcpServer : public runtime::EventHandler {
 public:
  static Result<std::unique_ptr<TcpServer>> listen(const SocketAddress& address, Serving& serving,
                                                   TcpConnections& connections);
  /// One that is bound to `address` already, and goes on listening when we go.
  static Result<std::unique_ptr<TcpServer>> serve_held(int fd, const SocketAddress& address, Serving& serving,
                                                       TcpConnections& connections);
  ~TcpServer() override;

  void on_ready(std::uint32_t events) noexcept override;
  /// Accepts what is queued and closes the listener; where it is held, connections queue there from then on.
  void stop_accepting();
  [[nodiscard]] int socket() const { return fd_.get(); }
  [[nodiscard]] SocketAddress address() const { return address_; }

 private:
  TcpServer(const SocketAddress& address, runtime::UniqueFd fd, Serving& serving, TcpConnections& connections);
  static Result<std::unique_ptr<TcpServer>> start(const SocketAddress& address, runtime::UniqueFd fd, Serving& serving,
                                                  TcpConnections& connections);
  enum class Accepted : std::uint8_t { one, none, try_later };
  Accepted accept_one();

  SocketAddress address_;
  runtime::UniqueFd fd_;
  Serving& serving_;
  TcpConnections& connections_;
  runtime::Timer retry_;
};

}  // namespace naru::dns
