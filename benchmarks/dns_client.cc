// A DNS load that saturates a server: dnsperf on one core costs more per query than the servers it asks. Queries and
// answers move in batches (sendmmsg, recvmmsg); a fixed number is in flight; each answer's code is counted.
//
//   naru-bench-dns ADDRESS PORT QUERIES SOCKETS IN_FLIGHT SECONDS
//
// QUERIES: ready-made messages, each after its length as two bytes in network order (as on TCP).
// Prints {"sent", "answered", "lost", "seconds", "p50_us", "p99_us", "rcode": {code: count}, "records": total}.
#include <poll.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <vector>

#include "socket.h"

namespace naru::bench {
namespace {

constexpr unsigned kBatch = 32;
constexpr std::size_t kMessage = 1500;
constexpr double kGiveUp = 0.5;  // seconds until a query counts as lost

using Query = std::vector<char>;

std::vector<Query> read_queries(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path);
  const std::vector<char> all{std::istreambuf_iterator<char>(in), {}};
  std::vector<Query> queries;
  for (std::size_t at = 0; at + 2 <= all.size();) {
    const auto high = static_cast<unsigned char>(all[at]);
    const auto low = static_cast<unsigned char>(all[at + 1]);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(at) + 2;
    const std::size_t size = high * 256u + low;
    queries.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
    at += 2 + size;
  }
  if (queries.empty()) fail("no queries");
  return queries;
}

struct Totals {
  std::uint64_t sent{};
  std::uint64_t answered{};
  std::uint64_t lost{};
  std::uint64_t records{};
  std::array<std::uint64_t, 16> rcode{};
  std::vector<std::uint32_t> latency = std::vector<std::uint32_t>(1 << 20);  // by microsecond
};

/// One socket with its share of the queries in flight. A query's id is its slot.
class Flow {
 public:
  Flow(const sockaddr_in& to, const std::vector<Query>& queries, unsigned slots, std::size_t first)
      : queries_(queries),
        next_(first),
        sent_at_(slots),
        fd_(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    must(connect(fd_, generic(to), sizeof to), "connect");
    set_option(fd_, SOL_SOCKET, SO_RCVBUF, 4 << 20);
    set_nonblocking(fd_);
    for (unsigned slot = 0; slot < slots; ++slot) free_.push_back(static_cast<std::uint16_t>(slot));
  }

  [[nodiscard]] int fd() const { return fd_; }

  void send_free(double now, Totals& totals) {
    while (!free_.empty()) {
      const unsigned n = std::min(kBatch, static_cast<unsigned>(free_.size()));
      for (unsigned i = 0; i < n; ++i) prepare(i, free_[free_.size() - 1 - i], now);
      const int sent = sendmmsg(fd_, messages_.data(), n, 0);
      if (sent <= 0) return;
      free_.resize(free_.size() - static_cast<std::size_t>(sent));
      totals.sent += static_cast<std::uint64_t>(sent);
    }
  }

  void receive(double now, Totals& totals) {
    for (;;) {
      for (unsigned i = 0; i < kBatch; ++i) point(i, buffers_[i].data(), kMessage);
      const int n = recvmmsg(fd_, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
      for (unsigned i = 0; static_cast<int>(i) < n; ++i) account(buffers_[i].data(), now, totals);
      if (n < static_cast<int>(kBatch)) return;
    }
  }

  void give_up(double now, Totals& totals) {
    for (std::size_t slot = 0; slot < sent_at_.size(); ++slot) {
      if (sent_at_[slot] == 0 || now - sent_at_[slot] < kGiveUp) continue;
      sent_at_[slot] = 0;
      free_.push_back(static_cast<std::uint16_t>(slot));
      ++totals.lost;
    }
  }

 private:
  void point(unsigned i, char* data, std::size_t size) {
    vectors_[i] = {.iov_base = data, .iov_len = size};
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }

  void prepare(unsigned i, std::uint16_t slot, double now) {
    const Query& query = queries_[next_];
    if (++next_ == queries_.size()) next_ = 0;
    std::copy(query.begin(), query.end(), buffers_[i].begin());
    std::memcpy(buffers_[i].data(), &slot, sizeof slot);
    point(i, buffers_[i].data(), query.size());
    sent_at_[slot] = now;
  }

  void account(const char* message, double now, Totals& totals) {
    std::uint16_t slot = 0;
    std::memcpy(&slot, message, sizeof slot);
    if (slot >= sent_at_.size() || sent_at_[slot] == 0) return;  // late: counted as lost before
    const double microseconds = (now - sent_at_[slot]) * 1e6;
    const auto bucket = static_cast<std::size_t>(std::max(0.0, microseconds));
    ++totals.latency[std::min(bucket, totals.latency.size() - 1)];
    sent_at_[slot] = 0;
    free_.push_back(slot);
    ++totals.answered;
    ++totals.rcode[static_cast<std::size_t>(message[3] & 0x0f)];
    totals.records += static_cast<unsigned char>(message[7]);  // answers, below 256
  }

  const std::vector<Query>& queries_;
  std::size_t next_;
  std::vector<double> sent_at_;  // 0: free
  std::vector<std::uint16_t> free_;
  std::array<std::array<char, kMessage>, kBatch> buffers_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  int fd_;
};

std::size_t percentile(const Totals& totals, double share) {
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(totals.answered));
  std::uint64_t seen = 0;
  for (std::size_t us = 0; us < totals.latency.size(); ++us)
    if ((seen += totals.latency[us]) > wanted) return us;
  return totals.latency.size();
}

void print(const Totals& totals, double seconds) {
  using Long = unsigned long long;
  std::printf(
      "{\"sent\": %llu, \"answered\": %llu, \"lost\": %llu, \"seconds\": %.6f, \"p50_us\": %zu, \"p99_us\": %zu, ",
      Long{totals.sent}, Long{totals.answered}, Long{totals.lost}, seconds, percentile(totals, 0.5),
      percentile(totals, 0.99));
  std::printf("\"records\": %llu, \"rcode\": {", Long{totals.records});
  const char* separator = "";
  for (std::size_t code = 0; code < totals.rcode.size(); ++code) {
    if (totals.rcode[code] == 0) continue;
    std::printf("%s\"%zu\": %llu", separator, code, Long{totals.rcode[code]});
    separator = ", ";
  }
  std::printf("}}\n");
}

void load(std::vector<Flow>& flows, double seconds) {
  std::vector<pollfd> polls;
  for (const Flow& flow : flows) polls.push_back({.fd = flow.fd(), .events = POLLIN, .revents = 0});
  Totals totals;
  const auto start = Clock::now();
  // From 1, since 0 marks a free slot.
  const auto now = [&] { return 1 + seconds_since(start); };
  for (double looked = now(); now() < 1 + seconds;) {
    for (Flow& flow : flows) flow.send_free(now(), totals);
    poll(polls.data(), polls.size(), 100);
    for (std::size_t i = 0; i < flows.size(); ++i)
      if (polls[i].revents != 0) flows[i].receive(now(), totals);
    if (now() - looked < 0.1) continue;
    looked = now();
    for (Flow& flow : flows) flow.give_up(looked, totals);
  }
  print(totals, now() - 1);
}

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  using namespace naru::bench;
  if (argc != 7) {
    std::fprintf(stderr, "usage: %s ADDRESS PORT QUERIES SOCKETS IN_FLIGHT SECONDS\n", argv[0]);
    return 2;
  }
  const sockaddr_in to = address_of(argv[1], argv[2]);
  const std::vector<Query> queries = read_queries(argv[3]);
  const auto sockets = static_cast<unsigned>(std::max(1, std::atoi(argv[4])));
  const unsigned slots = std::max(1u, static_cast<unsigned>(std::atoi(argv[5])) / sockets);
  std::vector<Flow> flows;
  flows.reserve(sockets);
  for (unsigned i = 0; i < sockets; ++i) flows.emplace_back(to, queries, slots, queries.size() * i / sockets);
  load(flows, std::atof(argv[6]));
}
