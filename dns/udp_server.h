// DNS over UDP on one address: datagrams in a batch, answers out in a batch.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"
#include "dns/serving.h"
#include "runtime/reactor.h"
#include "runtime/unique_fd.h"

namespace naru::dns {

/// Where a datagram came from, and which of our addresses it was sent to: answers go back between the same two.
struct UdpPeer {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address;
  socklen_t address_size{};
  /// IP_PKTINFO or IPV6_PKTINFO, where we listen on a wildcard address; else empty.
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> control;
  std::size_t control_size{};
};

/// Room for one batch. A worker's sockets take turns at it.
class UdpBatch {
 public:
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kMaxQuery = 2048;

  UdpBatch();
  UdpBatch(const UdpBatch&) = delete;
  UdpBatch& operator=(const UdpBatch&) = delete;

  /// How many came; 0 with errno where it is recvmmsg's failure.
  std::size_t receive(int fd, bool with_control);
  [[nodiscard]] bool oversized(std::size_t i) const { return (in_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
  [[nodiscard]] std::span<const std::uint8_t> query(std::size_t i) const {
    return {queries_[i].data(), in_[i].msg_len};
  }
  [[nodiscard]] std::span<std::uint8_t> reply(std::size_t i) { return replies_[i]; }
  [[nodiscard]] Serving::Prepared& prepared(std::size_t i) { return prepared_[i]; }
  /// Whom it came from.
  [[nodiscard]] SocketAddress client(std::size_t i) const;
  /// As received; `control` made into what a reply needs.
  [[nodiscard]] const UdpPeer& peer(std::size_t i);
  /// The first `size` bytes of reply(i) are to go to peer(i).
  void queue(std::size_t i, std::size_t size);
  /// Sends what is queued.
  void send(int fd, Metrics& metrics);
  [[nodiscard]] std::size_t queued() const { return out_count_; }

 private:
  std::array<mmsghdr, kSize> in_;
  std::array<mmsghdr, kSize> out_;
  std::array<iovec, kSize> in_vectors_;
  std::array<iovec, kSize> out_vectors_;
  std::array<UdpPeer, kSize> peers_;
  std::array<std::array<std::uint8_t, kMaxQuery>, kSize> queries_;
  std::array<std::array<std::uint8_t, kMaxUdpPayload>, kSize> replies_;
  std::array<Serving::Prepared, kSize> prepared_;
  std::size_t out_count_{0};
};

/// One worker's socket for one address. Answers from the first moment on.
class UdpServer : public runtime::EventHandler {
 public:
  static Result<std::unique_ptr<UdpServer>> listen(const SocketAddress& address, Serving& serving, UdpBatch& batch);
  /// One that is bound to `address` already, and stays when we go.
  static Result<std::unique_ptr<UdpServer>> serve_held(int fd, const SocketAddress& address, Serving& serving,
                                                       UdpBatch& batch);
  ~UdpServer() override;

  void on_ready(std::uint32_t events) noexcept override;

  /// Answers what is queued and leaves the port to others; replies from upstreams still go out from it. What comes to a
  /// held socket after that stays in it.
  void stop_receiving();
  /// Another process has the socket too, and answers: it is to be left as it is.
  void leave_to_another() { holder_ = Holder::somebody_else; }
  /// Nobody else has it any more.
  void be_alone() { holder_ = Holder::we; }
  [[nodiscard]] bool alone() const { return holder_ == Holder::we; }
  [[nodiscard]] int socket() const { return fd_.get(); }
  /// Of the socket: with the port that it got.
  [[nodiscard]] SocketAddress address() const;

 private:
  enum class Holder : std::uint8_t { we, somebody_else };
  UdpServer(const SocketAddress& address, runtime::UniqueFd fd, Holder holder, Serving& serving, UdpBatch& batch);
  static Result<std::unique_ptr<UdpServer>> start(const SocketAddress& address, runtime::UniqueFd fd, Holder holder,
                                                  Serving& serving, UdpBatch& batch);
  void leave_port();
  /// True if there may be more.
  bool serve_batch();
  void serve(std::size_t i);
  void forward(std::size_t i, const Answer& answered, const Client& client);
  void send(const UdpPeer& peer, std::span<const std::uint8_t> reply);

  SocketAddress address_;
  runtime::UniqueFd fd_;
  Holder holder_;
  Serving& serving_;
  UdpBatch& batch_;
  bool with_control_;  // bound to a wildcard address
  bool receiving_{true};
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what waits for upstreams looks whether we still are
};

}  // namespace naru::dns
