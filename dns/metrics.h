// What a worker counts of its queries. Names and meaning follow CoreDNS's, under the prefix naru_dns_.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/counter.h"
#include "dns/forward_metrics.h"
#include "dns/types.h"

namespace naru::dns {

/// Why a query got no answer.
enum class DropReason : std::uint8_t {
  runt,              // shorter than a header
  response,          // QR set: answering it could start a loop
  oversized,         // longer than our receive buffer
  send_buffer_full,  // the socket had no room for the answer
  send_failed,       // the kernel refused to send it
  client_gone,       // the TCP connection ended before the answer was there
  rate_limited,      // its network has had its share
};
inline constexpr std::size_t kDropReasons = 7;
[[nodiscard]] std::string_view to_string(DropReason reason);  ///< "runt", "response", ...

/// How one attempt at an upstream ended.
enum class ForwardResult : std::uint8_t {
  answered,
  timeout,
  refused,      // no connection, or ICMP said that nobody is there
  server_fail,  // it answered SERVFAIL, NOTIMP or REFUSED
  malformed,    // its answer was no DNS message, or one to another question
};
inline constexpr std::size_t kForwardResults = 5;
[[nodiscard]] std::string_view to_string(ForwardResult result);

/// Why a TCP connection was ended by us.
enum class CutReason : std::uint8_t { idle, slow_reader, client_limit, total_limit, bad_message };
inline constexpr std::size_t kCutReasons = 5;
[[nodiscard]] std::string_view to_string(CutReason reason);

/// What a query's COOKIE option says of its sender.
enum class CookieVerdict : std::uint8_t {
  none,   // no option
  first,  // the client's part only
  valid,  // ours, and the client's address is its own
  bad,    // made by another, for another address, or too long ago
};
inline constexpr std::size_t kCookieVerdicts = 4;
[[nodiscard]] std::string_view to_string(CookieVerdict verdict);

/// The types that requests are counted by; all others are "other".
enum class TypeClass : std::uint8_t { a, aaaa, srv, ptr, cname, txt, soa, ns, mx, https, any, other };
inline constexpr std::size_t kTypeClasses = 12;
[[nodiscard]] TypeClass type_class(Type type);
[[nodiscard]] std::string_view to_string(TypeClass type);  ///< "A", "AAAA", ..., "other"

/// A histogram with one writing thread. `Bounds` are upper bounds, ascending; what is above the last is counted too.
template <std::size_t N>
class Histogram {
 public:
  explicit Histogram(const std::array<std::uint64_t, N>& bounds) : bounds_(bounds) {}

  void add(std::uint64_t value, std::uint64_t times = 1) {
    std::size_t bucket = 0;
    while (bucket < N && value > bounds_[bucket]) ++bucket;
    counts_[bucket].add(times);
    sum_.add(value * times);
  }
  [[nodiscard]] std::span<const std::uint64_t> bounds() const { return bounds_; }
  /// Values in bucket i: above bounds()[i-1], up to bounds()[i]; i == N: above all. Not cumulative.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const { return counts_[bucket].value(); }
  [[nodiscard]] std::uint64_t sum() const { return sum_.value(); }

 private:
  const std::array<std::uint64_t, N>& bounds_;
  std::array<Counter, N + 1> counts_;
  Counter sum_;
};

inline constexpr std::array<std::uint64_t, 12> kDurationBounds{
    // nanoseconds
    50'000,     100'000,    250'000,     500'000,       1'000'000,     2'500'000,
    10'000'000, 50'000'000, 250'000'000, 1'000'000'000, 2'500'000'000, 10'000'000'000};
inline constexpr std::array<std::uint64_t, 9> kSizeBounds{64, 100, 200, 300, 400, 511, 1023, 4095, 16383};  // bytes

using SizeHistogram = Histogram<9>;

/// Written by the worker, read by any thread.
struct Metrics {
  /// requests[Transport][Family][TypeClass]
  std::array<std::array<std::array<Counter, kTypeClasses>, 2>, 2> requests;
  std::array<Counter, kRcodes> responses;
  std::array<Counter, kDropReasons> drops;
  std::array<Counter, kForwardResults> forwards;
  std::array<Counter, kCutReasons> tcp_cuts;
  Counter tcp_accepted;
  Counter truncated;
  Counter dnssec_ok;       // queries with DO
  Counter rate_slipped;    // replies to networks that have had their share: TC or BADCOOKIE
  Counter autopath;        // names found further on in a Pod's search list
  Counter query_log_lost;  // queries that the log had no room for
  std::array<Counter, kCookieVerdicts> cookies;
  Counter forward_shed;  // queries answered with SERVFAIL for there being too many in flight to upstreams
  ForwardMetrics forwarding;
  Histogram<12> duration{kDurationBounds};          // received to handed to the kernel, nanoseconds
  Histogram<12> forward_duration{kDurationBounds};  // one attempt
  std::array<SizeHistogram, 2> request_size{SizeHistogram(kSizeBounds), SizeHistogram(kSizeBounds)};  // [Transport]
  std::array<SizeHistogram, 2> response_size{SizeHistogram(kSizeBounds), SizeHistogram(kSizeBounds)};

  void request(Transport transport, Family family, Type type) {
    requests[static_cast<std::size_t>(transport)][static_cast<std::size_t>(family)]
            [static_cast<std::size_t>(type_class(type))]
                .add();
  }
  void response(Rcode rcode) {
    const auto code = static_cast<std::size_t>(rcode);
    if (code < kRcodes) responses[code].add();
  }
  void cookie(CookieVerdict verdict) { cookies[static_cast<std::size_t>(verdict)].add(); }
  void drop(DropReason reason) { drops[static_cast<std::size_t>(reason)].add(); }
  void forward(ForwardResult result) { forwards[static_cast<std::size_t>(result)].add(); }
  void cut(CutReason reason) { tcp_cuts[static_cast<std::size_t>(reason)].add(); }
};

}  // namespace naru::dns
