// DNS at a fixed rate, every answer checked: against what was true when it was asked, while one name moves.
//
//   naru-dns-judge ADDRESS PORT STABLE_IP FILE RATE SECONDS CHANGES_PER_SECOND BOUND_MS GIVE_UP_MS TCP
//
// Names are of the namespace shop: `stable` is STABLE_IP, `gone` is not there, `moving` is headless with one endpoint,
// which FILE tells and this program changes. An answer that was out of date for longer than BOUND_MS when it was asked
// for is late; a query without an answer after GIVE_UP_MS is lost. One query in fifty goes over one of TCP connections;
// if that ends it is asked again on a new one, as RFC 7766 wants it. Prints the findings as JSON.
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "dns_judge_world.h"

namespace naru::bench {
namespace {

constexpr unsigned kBatch = 32;
constexpr unsigned kSockets = 64;
constexpr std::size_t kSlots = 8192;  // of a socket: the ids that it uses, in turn

struct Slot {
  double sent_at{};  // 0: free
  Kind kind{};
};

/// A socket's queries in flight. An id is a slot.
class Flight {
 public:
  explicit Flight(Judge& judge) : judge_(judge), slots_(kSlots) {}

  std::uint16_t begin(Kind kind, double now) {
    Slot& slot = slots_[next_];
    if (slot.sent_at != 0) ++judge_.findings.lost;
    slot = {now, kind};
    ++judge_.findings.sent;
    return static_cast<std::uint16_t>(std::exchange(next_, (next_ + 1) % kSlots));
  }
  void end(const std::uint8_t* reply, std::size_t size) {
    const std::size_t id = size < kHeader ? kSlots : static_cast<std::size_t>(reply[0] << 8 | reply[1]);
    if (id >= kSlots || slots_[id].sent_at == 0) return;  // late: lost by then
    const Slot slot = std::exchange(slots_[id], {});
    judge_.judge(slot.kind, slot.sent_at, reply, size);
  }
  void give_up(double before) {
    for (Slot& slot : slots_) {
      if (slot.sent_at == 0 || slot.sent_at > before) continue;
      slot = {};
      ++judge_.findings.lost;
    }
  }
  template <class Each>
  void for_each(Each each) {
    for (std::size_t id = 0; id < kSlots; ++id)
      if (slots_[id].sent_at != 0) each(static_cast<std::uint16_t>(id), slots_[id].kind);
  }
  [[nodiscard]] std::vector<std::uint8_t> message(std::uint16_t id, Kind kind) const {
    auto bytes = judge_.questions_[static_cast<int>(kind)];
    bytes[0] = static_cast<std::uint8_t>(id >> 8);
    bytes[1] = static_cast<std::uint8_t>(id);
    return bytes;
  }

 private:
  Judge& judge_;
  std::vector<Slot> slots_;
  std::size_t next_{0};
};

class Datagrams {
 public:
  Datagrams(const sockaddr_in& to, Judge& judge)
      : flight(judge), fd(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    must(connect(fd, generic(to), sizeof to), "connect");
    set_option(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
    set_nonblocking(fd);
  }
  void send(Kind kind, double now) {
    const auto bytes = flight.message(flight.begin(kind, now), kind);
    static_cast<void>(!::send(fd, bytes.data(), bytes.size(), 0));
  }
  void receive() {
    std::array<std::array<std::uint8_t, 1500>, kBatch> buffers;
    std::array<iovec, kBatch> vectors;
    std::array<mmsghdr, kBatch> messages{};
    int got = kBatch;
    while (got == kBatch) {
      for (unsigned i = 0; i < kBatch; ++i) {
        vectors[i] = {buffers[i].data(), buffers[i].size()};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
      }
      got = recvmmsg(fd, messages.data(), kBatch, MSG_DONTWAIT, nullptr);
      for (int i = 0; i < got; ++i)
        flight.end(buffers[static_cast<unsigned>(i)].data(), messages[static_cast<unsigned>(i)].msg_len);
    }
  }

  Flight flight;
  int fd;
};

class Stream {
 public:
  Stream(const sockaddr_in& to, Judge& judge) : flight(judge), judge_(judge), to_(to), fd(connect_to(to)) {}

  void send(Kind kind, double now) { write(flight.begin(kind, now), kind); }
  void receive() {
    std::uint8_t buffer[65536];
    const auto got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && would_block()) return;
    if (got <= 0) return connect_again();
    input_.insert(input_.end(), buffer, buffer + got);
    std::size_t at = 0;
    while (input_.size() - at >= 2) {
      const std::size_t size = static_cast<std::size_t>(input_[at] << 8 | input_[at + 1]);
      if (input_.size() - at < 2 + size) break;
      flight.end(input_.data() + at + 2, size);
      at += 2 + size;
    }
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  Flight flight;

 private:
  void write(std::uint16_t id, Kind kind) {
    const auto message = flight.message(id, kind);
    std::vector<std::uint8_t> framed{0, static_cast<std::uint8_t>(message.size())};
    framed.insert(framed.end(), message.begin(), message.end());
    static_cast<void>(!::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL));
  }
  void connect_again() {
    ++judge_.findings.reconnected;
    close(fd);
    fd = connect_to(to_);
    input_.clear();
    flight.for_each([&](std::uint16_t id, Kind kind) { write(id, kind); });
  }

  Judge& judge_;
  sockaddr_in to_;
  std::vector<std::uint8_t> input_;

 public:
  int fd;
};

struct Load {
  double rate, seconds, give_up;
  unsigned streams;
};

/// Sends at the rate, or as fast as it can, and judges what comes.
class Run {
 public:
  Run(const sockaddr_in& to, Judge& judge, const Load& load, const Stopwatch& watch)
      : judge_(judge), load_(load), watch_(watch) {
    for (unsigned i = 0; i < kSockets; ++i) datagrams_.push_back(std::make_unique<Datagrams>(to, judge));
    for (unsigned i = 0; i < load.streams; ++i) streams_.push_back(std::make_unique<Stream>(to, judge));
  }

  double load() {
    const double began = watch_.now();
    double swept = began;
    for (double now = began; now < began + load_.seconds; now = watch_.now()) {
      const auto due = static_cast<std::uint64_t>((now - began) * load_.rate);
      for (unsigned burst = 0; judge_.findings.sent < due && burst < 256; ++burst) send_one(now);
      receive(judge_.findings.sent < due ? 0 : 1);
      if (now - swept < 0.1) continue;
      give_up(now - load_.give_up);
      swept = now;
    }
    const double took = watch_.now() - began;
    const Findings& seen = judge_.findings;
    for (const double end = watch_.now() + load_.give_up; watch_.now() < end && seen.answered + seen.lost < seen.sent;)
      receive(10);
    give_up(watch_.now() + 1);
    return took;
  }

 private:
  void send_one(double now) {
    constexpr Kind kKinds[] = {Kind::moving, Kind::stable, Kind::moving, Kind::gone};
    const std::uint64_t n = judge_.findings.sent;
    const Kind kind = kKinds[n / kSockets % 4];
    if (!streams_.empty() && n % 50 == 0) return streams_[n / 50 % streams_.size()]->send(kind, now);
    datagrams_[n % kSockets]->send(kind, now);
  }
  void receive(int milliseconds) {
    std::vector<pollfd> polls;
    for (const auto& each : datagrams_) polls.push_back({each->fd, POLLIN, 0});
    for (const auto& each : streams_) polls.push_back({each->fd, POLLIN, 0});
    if (poll(polls.data(), polls.size(), milliseconds) <= 0) return;
    for (std::size_t i = 0; i < polls.size(); ++i) {
      if (polls[i].revents == 0) continue;
      if (i < kSockets) {
        datagrams_[i]->receive();
      } else {
        streams_[i - kSockets]->receive();
      }
    }
  }
  void give_up(double before) {
    for (const auto& each : datagrams_) each->flight.give_up(before);
    for (const auto& each : streams_) each->flight.give_up(before);
  }

  Judge& judge_;
  Load load_;
  const Stopwatch& watch_;
  std::vector<std::unique_ptr<Datagrams>> datagrams_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

void print(const Findings& found, double seconds, std::uint32_t changes) {
  using Long = unsigned long long;
  std::printf("{\"sent\": %llu, \"answered\": %llu, \"lost\": %llu, \"wrong\": %llu, \"late\": %llu, ",
              Long{found.sent}, Long{found.answered}, Long{found.lost}, Long{found.wrong}, Long{found.late});
  std::printf("\"moving\": %llu, \"over_10ms\": %llu, \"oldest_ms\": %.3f, \"reconnected\": %llu, ", Long{found.moving},
              Long{found.over_10ms}, found.oldest * 1e3, Long{found.reconnected});
  std::printf("\"seconds\": %.3f, \"rate\": %.0f, \"changes\": %u, \"first_wrong\": \"%s\"}\n", seconds,
              static_cast<double>(found.sent) / seconds, changes, found.first_wrong.c_str());
}

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  using namespace naru::bench;
  if (argc != 11) {
    std::fprintf(stderr,
                 "usage: %s ADDRESS PORT STABLE_IP FILE RATE SECONDS CHANGES_PER_SECOND BOUND_MS GIVE_UP_MS TCP\n",
                 argv[0]);
    return 2;
  }
  const Load load{std::atof(argv[5]), std::atof(argv[6]), std::atof(argv[9]) / 1e3,
                  static_cast<unsigned>(std::atoi(argv[10]))};
  const double changes = std::atof(argv[7]);
  const Stopwatch watch;
  Versions versions(argv[4], static_cast<std::size_t>(changes * load.seconds) + 2, watch);
  Judge judge(versions, address_of(argv[3], "0").sin_addr, std::atof(argv[8]) / 1e3);
  versions.move();
  std::this_thread::sleep_for(std::chrono::seconds(1));  // until the first version is in force
  std::atomic<bool> done{false};
  std::thread mover([&] {
    for (auto next = Clock::now(); changes > 0 && !done && !versions.full();) {
      std::this_thread::sleep_until(
          next += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / changes)));
      versions.move();
    }
  });
  Run run(address_of(argv[1], argv[2]), judge, load, watch);
  const double seconds = run.load();
  done = true;
  mover.join();
  print(judge.findings, seconds, versions.begun() - 1);
}
