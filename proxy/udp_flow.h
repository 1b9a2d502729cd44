// One client's datagrams to one frontend, and the endpoint that they go to.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "proxy/listener.h"
#include "proxy/udp_flows.h"
#include "runtime/timer_wheel.h"
#include "runtime/unique_fd.h"

namespace naru::proxy {

class UdpFlow;

/// What a flow needs of the frontend that it came through.
class UdpFrontend : public ReplySink {
 public:
  UdpFrontend(WorkerContext& shared, const Binding& its_binding) : context(shared), binding(its_binding) {}

  /// Counts, reports and destroys `flow`, at the end of this turn of the loop.
  virtual void end(UdpFlow& flow, Outcome outcome) = 0;
  /// `count` datagrams of a client could not be sent.
  virtual void on_dropped(std::size_t count) = 0;
  /// There are replies to be sent at the end of this turn.
  virtual void flush_later() = 0;

  WorkerContext& context;
  const Binding& binding;
  std::uint64_t version{0};  // of the binding; a flow asks itself once per version whether it may stay
  bool draining{false};
};

/// Confined to its worker; owned by its frontend.
class UdpFlow final : public runtime::EventHandler, public FlowMember {
 public:
  UdpFlow(UdpFrontend& frontend, const SocketAddress& client);
  ~UdpFlow() override;

  /// Sends what came from the client, in order. May end the flow.
  void forward(std::span<mmsghdr> datagrams);
  void on_ready(std::uint32_t events) noexcept override;
  void displace() override { frontend_.end(*this, Outcome::limit); }
  /// The time-out or the draining has changed.
  void arm_idle_timer();
  /// It has ended, and will be destroyed at the end of the turn: nothing reaches it any more.
  void close();

  [[nodiscard]] const SocketAddress& client() const { return client_; }
  [[nodiscard]] const std::shared_ptr<PortEntry>& port() const { return port_; }
  [[nodiscard]] bool connected() const { return static_cast<bool>(fd_); }
  [[nodiscard]] const SocketAddress& endpoint() const { return endpoint_; }  ///< while connected()
  [[nodiscard]] ConnectionRecord record() const;

 private:
  enum class Read : std::uint8_t { more, all, nothing, refused };

  [[nodiscard]] bool pick();
  [[nodiscard]] bool resume();
  [[nodiscard]] Result<void> open(const lb::Endpoint& endpoint);
  [[nodiscard]] std::size_t send(std::span<mmsghdr> datagrams);
  void on_sent(std::span<mmsghdr> datagrams);
  [[nodiscard]] Read read_replies();
  void on_answered(const UdpReplies::Received& received);
  [[nodiscard]] bool on_refused();
  [[nodiscard]] bool send_again(std::string datagram);
  [[nodiscard]] bool nobody_left() const;
  void refuse(std::size_t size);
  void count_failure(lb::EndpointState& state, const SocketAddress& endpoint);
  void keep(std::string datagram);
  [[nodiscard]] std::optional<std::string> take_kept();
  void leave_endpoint();
  void on_idle_timer();
  [[nodiscard]] Duration allowance() const;
  [[nodiscard]] TimePoint now() const { return frontend_.context.reactor.now(); }
  [[nodiscard]] const lb::Usable& usable() const {
    return frontend_.binding.usable(client_.ip, *frontend_.context.origins);
  }
  [[nodiscard]] UdpFlows& flows() const { return *frontend_.context.udp_flows; }

  UdpFrontend& frontend_;
  SocketAddress client_;
  std::shared_ptr<PortEntry> port_;
  std::uint64_t version_{0};  // for which it last asked whether it may stay

  // The endpoint; none while fd_ is -1.
  runtime::UniqueFd fd_;
  std::shared_ptr<const TransparentPath> transparent_path_;  // of fd_
  SocketAddress endpoint_;
  std::shared_ptr<lb::EndpointState> state_;
  bool answered_{false};       // by this endpoint
  bool bulk_{false};           // its socket has large buffers
  std::size_t unanswered_{0};  // datagrams since its last answer
  // The one unanswered datagram, to be sent to another endpoint if this one refuses it: a client that asks once and
  // waits loses nothing. With several under way, which of them was refused is not known.
  std::optional<std::string> kept_;
  std::vector<SocketAddress> tried_;  // endpoints that refused since the last answer

  TimePoint began_;
  TimePoint last_traffic_;
  runtime::Timer idle_timer_;
  std::uint64_t bytes_received_{0};
  std::uint64_t bytes_sent_{0};
  int attempts_{0};
  Outcome why_none_{Outcome::no_endpoint};  // of the last pick that found none
};

}  // namespace naru::proxy
