// A packet socket on the event loop: frames are read in bounded turns and written in batches.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.h"
#include "lb/layer2/counters.h"
#include "lb/layer2/packet_socket.h"

namespace naru::lb::layer2 {

/// Handlers of Asio hold it weakly: it falls silent when its owner lets it go.
class SpeakerChannel : public std::enable_shared_from_this<SpeakerChannel> {
 public:
  /// A storm may fill every turn; it must not keep the thread from its other work.
  static constexpr std::size_t kFramesPerTurn = 256;
  static constexpr std::size_t kSendsPerTurn = 1024;

  /// `on_frame` is called with each frame, `on_turn` when a turn is over. Counts losses into `counters`.
  SpeakerChannel(boost::asio::io_context& io, PacketSocket socket, Counters& counters,
                 std::function<void(Bytes)> on_frame, std::function<void()> on_turn);
  ~SpeakerChannel();
  SpeakerChannel(const SpeakerChannel&) = delete;
  SpeakerChannel& operator=(const SpeakerChannel&) = delete;

  void start() { wait(); }
  /// Queues a frame; flush() sends.
  void push(Frame frame) { queue_.push_back(std::move(frame)); }
  /// Sends what is queued, now as far as the interface takes it and a turn allows, the rest soon.
  void flush();

 private:
  void wait();
  void turn();
  /// False: not now.
  bool send_batch();
  void flush_later(Duration after);

  boost::asio::io_context& io_;
  PacketSocket socket_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  Counters& counters_;
  std::function<void(Bytes)> on_frame_;
  std::function<void()> on_turn_;
  std::vector<Frame> queue_;
  std::size_t sent_{0};  // of the queue, from its front
  int refusals_{0};      // in a row
  bool flush_waits_{false};
};

}  // namespace naru::lb::layer2
