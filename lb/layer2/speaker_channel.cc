#include "lb/layer2/speaker_channel.h"

#include <cerrno>

namespace naru::lb::layer2 {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr int kMaxRefusals = 200;  // a millisecond each; what then still waits is of no use to anybody

}  // namespace

SpeakerChannel::SpeakerChannel(asio::io_context& io, PacketSocket socket, Counters& counters,
                               std::function<void(Bytes)> on_frame, std::function<void()> on_turn)
    : io_(io),
      socket_(std::move(socket)),
      descriptor_(io, socket_.fd()),
      timer_(io),
      counters_(counters),
      on_frame_(std::move(on_frame)),
      on_turn_(std::move(on_turn)) {}

SpeakerChannel::~SpeakerChannel() {
  descriptor_.release();  // the socket closes it
}

void SpeakerChannel::wait() {
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                         [self = weak_from_this()](const boost::system::error_code& error) {
                           const auto channel = self.lock();
                           if (channel && !error) channel->turn();
                         });
}

void SpeakerChannel::turn() {
  const auto self = shared_from_this();  // a frame may end the interface's part
  std::size_t frames = 0, last = PacketSocket::kBatch;
  while (frames < kFramesPerTurn && last == PacketSocket::kBatch) {
    last = socket_.receive(on_frame_);
    frames += last;
    flush();
  }
  if (frames >= kFramesPerTurn) ++counters_.turns_limited;
  counters_.frames_lost += socket_.lost();
  wait();
  on_turn_();
}

bool SpeakerChannel::send_batch() {
  const Sent sent = socket_.send(std::span<const Frame>(queue_).subspan(sent_));
  sent_ += sent.frames;
  if (sent.frames > 0) refusals_ = 0;
  if (sent.error == 0) return true;
  const bool full = sent.error == EAGAIN || sent.error == ENOBUFS;
  if (full && ++refusals_ < kMaxRefusals) return false;
  // Of an interface that went down nothing leaves, and of one that takes nothing for so long, nothing will.
  const std::size_t given_up = full ? queue_.size() - sent_ : 1;
  counters_.send_failures += given_up;
  sent_ += given_up;
  refusals_ = 0;
  return true;
}

void SpeakerChannel::flush() {
  if (flush_waits_) return;
  const std::size_t end = sent_ + kSendsPerTurn;
  bool taken = true;
  while (taken && sent_ < queue_.size() && sent_ < end) taken = send_batch();
  if (sent_ == queue_.size()) {
    queue_.clear();
    sent_ = 0;
    return;
  }
  flush_later(taken ? milliseconds(0) : milliseconds(1));
}

void SpeakerChannel::flush_later(Duration after) {
  flush_waits_ = true;
  timer_.expires_after(after);
  timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    const auto channel = self.lock();
    if (!channel || error) return;
    channel->flush_waits_ = false;
    channel->flush();
  });
}

}  // namespace naru::lb::layer2
