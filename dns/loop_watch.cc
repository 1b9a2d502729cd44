#include "dns/loop_watch.h"

#include <fmt/format.h>

#include <charconv>

namespace naru::dns {
namespace {

constexpr std::size_t kSecretDigits = 16;
constexpr std::size_t kUpstreamDigits = 4;
constexpr std::size_t kRoundDigits = 8;
constexpr std::size_t kFirstLabel = kSecretDigits + kUpstreamDigits;

std::optional<std::uint32_t> number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

LoopWatch::LoopWatch(std::uint64_t secret, std::size_t upstreams)
    : secret_(1, static_cast<char>(kFirstLabel)), cells_(upstreams) {
  secret_ += fmt::format("{:016x}", secret);
}

std::optional<std::uint32_t> LoopWatch::begin_round(TimePoint now) {
  const Duration::rep at = now.time_since_epoch().count();
  Duration::rep due = next_round_.load(std::memory_order_relaxed);
  if (at < due || !next_round_.compare_exchange_strong(due, at + kInterval.count(), std::memory_order_relaxed)) {
    return std::nullopt;
  }
  return ++round_;
}

Name LoopWatch::name_of(const Probe& probe, const Name& apex) const {
  const auto round = Name::below(fmt::format("{:08x}", probe.round), apex);
  if (!round) return apex;
  const auto name = Name::below(fmt::format("{}{:04x}", secret_.substr(1), probe.upstream), *round);
  return name.value_or(apex);
}

std::optional<LoopWatch::Probe> LoopWatch::probe_of(std::string_view name) const {
  constexpr std::size_t kRoundAt = 1 + kFirstLabel + 1;
  if (!name.starts_with(secret_) || name.size() < kRoundAt + kRoundDigits) return std::nullopt;
  if (name[kRoundAt - 1] != static_cast<char>(kRoundDigits)) return std::nullopt;
  const auto upstream = number(name.substr(1 + kSecretDigits, kUpstreamDigits));
  const auto round = number(name.substr(kRoundAt, kRoundDigits));
  if (!upstream || !round || *upstream >= cells_.size()) return std::nullopt;
  return Probe{*upstream, *round};
}

bool LoopWatch::came_back(const Probe& probe) {
  Cell& cell = cells_[probe.upstream];
  cell.last_back.store(probe.round, std::memory_order_relaxed);
  return !cell.loops.exchange(true, std::memory_order_relaxed);
}

bool LoopWatch::answered(const Probe& probe) {
  Cell& cell = cells_[probe.upstream];
  if (cell.last_back.load(std::memory_order_relaxed) == probe.round) return false;  // the answer was our own
  return cell.loops.exchange(false, std::memory_order_relaxed);
}

}  // namespace naru::dns
