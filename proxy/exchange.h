// What was said last on a connection, and whether it was answered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace naru::proxy {

/// Keeps what the client has sent since the endpoint's last byte, so that it can be sent again, and how the answer
/// before began. In memory of its own, of just that size: a connection that waits long must not hold one of the pool's
/// buffers.
///
/// A connection that does not begin with a repeatable HTTP/1 request is not followed past its first answer, and costs
/// nothing.
class Exchange {
 public:
  static constexpr std::size_t kRequestLimit = 16 * 1024;
  static constexpr std::size_t kAnswerLimit = 1024;

  void client_sent(std::string_view bytes);
  void endpoint_sent(std::string_view bytes);
  /// Bytes that passed unseen.
  void client_spliced();
  void endpoint_spliced(std::uint64_t size);

  /// The endpoint has said something since the client's last byte.
  [[nodiscard]] bool answered() const { return answered_; }
  /// No answer at all yet.
  [[nodiscard]] bool first() const { return first_; }
  /// What the client has sent since the endpoint's last byte, if complete().
  [[nodiscard]] std::string_view request() const { return request_; }
  [[nodiscard]] bool complete() const { return complete_; }
  /// The answer to the exchange before this one was whole.
  [[nodiscard]] bool previous_whole() const;

 private:
  void begin_next();
  void begin_answer();
  void give_up();

  std::string request_;
  std::string answer_;  // its beginning
  std::uint64_t answer_size_{0};
  bool complete_{true};
  bool followed_{true};
  bool answered_{false};
  bool first_{true};
};

}  // namespace naru::proxy
