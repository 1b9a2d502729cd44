// Queries on their way to a log: a worker never waits for whoever writes it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/client.h"
#include "dns/types.h"

namespace naru::dns {

/// A query and what became of it.
struct QueryRecord {
  std::chrono::system_clock::time_point when;  // it was answered, or dropped
  Client client;
  Type type{};
  std::uint16_t rr_class{};
  std::uint16_t id{};
  std::uint16_t flags{};  // the reply's; the query's where it was dropped
  Rcode rcode{};
  bool answered{};   // false: dropped
  bool forwarded{};  // upstreams were asked
  std::uint32_t query_size{};
  std::uint32_t reply_size{};
  std::chrono::nanoseconds took{};
  std::uint8_t name_size{};             // 0: it had no whole question
  std::array<char, kMaxNameSize> name;  // wire form, as written

  [[nodiscard]] std::string_view wire_name() const { return {name.data(), name_size}; }
  void set_name(std::span<const std::uint8_t> wire) {
    name_size = static_cast<std::uint8_t>(wire.size());
    std::copy(wire.begin(), wire.end(), name.begin());
  }
};

/// Between one worker, which puts, and one reader, which takes. What there is no room for is lost.
class QueryLogRing {
 public:
  /// Every `sample`-th query is to be put; at least 1.
  explicit QueryLogRing(std::uint64_t sample) : sample_(sample), slots_(kSlots) {}

  /// Worker: whether the next query is one of those to be put.
  [[nodiscard]] bool wants_next() { return count_++ % sample_ == 0; }
  /// Worker: the slot to be filled in for the next, or null where there is no room; then commit().
  [[nodiscard]] QueryRecord* slot() {
    if (written_ - taken_.load(std::memory_order_acquire) < kSlots) return &slots_[written_ % kSlots];
    return nullptr;
  }
  void commit() { published_.store(++written_, std::memory_order_release); }

  /// Reader: calls visit(record) for each that there is.
  template <class Visit>
  std::size_t take_all(Visit&& visit) {
    const std::uint64_t end = published_.load(std::memory_order_acquire);
    std::uint64_t at = taken_.load(std::memory_order_relaxed);
    const auto count = static_cast<std::size_t>(end - at);
    for (; at < end; ++at) visit(slots_[at % kSlots]);
    taken_.store(end, std::memory_order_release);
    return count;
  }

 private:
  static constexpr std::size_t kSlots = 4096;

  std::uint64_t sample_;
  std::uint64_t count_{0};
  std::uint64_t written_{0};
  std::vector<QueryRecord> slots_;
  alignas(64) std::atomic<std::uint64_t> published_{0};
  alignas(64) std::atomic<std::uint64_t> taken_{0};
};

/// One line of JSON, without its end.
[[nodiscard]] std::string query_line(const QueryRecord& record);

}  // namespace naru::dns
