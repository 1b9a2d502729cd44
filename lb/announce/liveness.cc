#include "lb/announce/liveness.h"

#include <algorithm>

namespace naru::lb::announce {

void Liveness::expect(const std::set<std::string>& others, TimePoint now) {
  std::erase_if(others_, [&](const auto& entry) { return !others.contains(entry.first); });
  for (const std::string& name : others) others_.try_emplace(name);
  update(now);
}

void Liveness::heard(const std::string& node, bool up, bool newcomer, TimePoint now) {
  const auto found = others_.find(node);
  if (found == others_.end()) return;
  const bool together = found->second.started_with_us || (up && newcomer && phase_ == Phase::starting);
  found->second = {up, newcomer, together};
  update(now);
}

void Liveness::elapse(TimePoint now) {
  update(now);
}

std::optional<TimePoint> Liveness::deadline() const {
  if (phase_ == Phase::starting) return hold_until_;
  if (phase_ == Phase::settling || phase_ == Phase::claiming) return until_;
  return std::nullopt;
}

std::set<std::string> Liveness::established() const {
  std::set<std::string> names;
  for (const auto& [name, other] : others_) {
    if (other.up && !other.newcomer) names.insert(name);
  }
  return names;
}

std::set<std::string> Liveness::newcomers() const {
  std::set<std::string> names;
  for (const auto& [name, other] : others_) {
    if (other.up && other.newcomer) names.insert(name);
  }
  return names;
}

bool Liveness::is_up(const std::string& node) const {
  const auto found = others_.find(node);
  return found != others_.end() && found->second.up;
}

bool Liveness::any_established() const {
  return std::ranges::any_of(others_, [](const auto& entry) { return entry.second.up && !entry.second.newcomer; });
}

bool Liveness::any_before_us() const {
  return std::ranges::any_of(others_, [](const auto& entry) {
    return entry.second.up && !entry.second.newcomer && !entry.second.started_with_us;
  });
}

bool Liveness::any_up() const {
  return std::ranges::any_of(others_, [](const auto& entry) { return entry.second.up; });
}

bool Liveness::all_up() const {
  return std::ranges::all_of(others_, [](const auto& entry) { return entry.second.up; });
}

void Liveness::update(TimePoint now) {
  const auto alone = [&] { return !others_.empty() && !any_up(); };
  const auto settle = [&] {
    phase_ = Phase::settling;
    until_ = now + settings_.settle;
  };
  switch (phase_) {
    case Phase::starting:
      if (now < hold_until_ && !all_up()) return;
      if (any_before_us()) return settle();
      break;
    case Phase::settling:
      if (any_established() && now < until_) return;
      if (any_established()) {
        phase_ = Phase::claiming;
        until_ = now + settings_.claim;
        return;
      }
      break;
    case Phase::claiming:
      if (any_established() && now < until_) return;
      break;
    case Phase::live:
      break;
    case Phase::isolated:
      if (any_established()) return settle();
      break;
  }
  phase_ = alone() ? Phase::isolated : Phase::live;
}

}  // namespace naru::lb::announce
