// One client's TCP connection.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>

#include "dns/tcp_server.h"

namespace naru::dns {

/// Owned by TcpConnections. Ends itself through it, and is then destroyed at the end of the Reactor's turn.
class TcpConnection : public runtime::EventHandler {
 public:
  TcpConnection(TcpConnections& all, std::uint64_t id, runtime::UniqueFd fd, const SocketAddress& client);
  ~TcpConnection() override;

  [[nodiscard]] bool watch();
  void on_ready(std::uint32_t events) noexcept override;
  /// Nothing more is read; it ends when what is asked is answered.
  void finish();
  void close();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const IpAddress& client() const { return client_.address.ip; }
  [[nodiscard]] TimePoint last_progress() const { return last_progress_; }
  [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
  [[nodiscard]] bool idle() const { return unanswered_ == 0 && unsent_.empty(); }

 private:
  friend class TcpConnections;
  void read();
  [[nodiscard]] bool may_read() const;
  /// Answers the whole messages among the first `size` bytes of the input buffer; keeps what is left.
  void take_messages(std::size_t size);
  void take_message(std::span<const std::uint8_t> message);
  void forward(Serving::Prepared& prepared, const Answer& answered, std::span<const std::uint8_t> out);
  void on_forwarded(std::span<const std::uint8_t> reply);
  void send_output();
  void send_unsent();
  void end_if_done();

  TcpConnections& all_;
  std::uint64_t id_;
  runtime::UniqueFd fd_;
  Client client_;
  TimePoint last_progress_;
  std::string partial_;         // the beginning of a message
  std::string unsent_;          // what the client was too slow to take
  std::size_t output_size_{0};  // of the shared buffer, while our turn lasts
  std::size_t unanswered_{0};   // at upstreams
  bool readable_{false};        // there may be something to read
  bool ended_by_client_{false};
  bool closed_{false};
  std::list<std::unique_ptr<TcpConnection>>::iterator place_;
};

}  // namespace naru::dns
