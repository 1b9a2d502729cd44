#include "lb/layer2/claim.h"

#include <algorithm>

namespace naru::lb::layer2 {

TimePoint Claim::due() const {
  if (!conflict_) return next_round_;
  return std::min({next_round_, ask_again_, report_at_, contradicted_at_ + kConflictLasts});
}

ClaimDuties Claim::advance(TimePoint now) {
  ClaimDuties duties;
  if (now >= next_round_) next_round(duties, now);
  if (conflict_) follow_conflict(duties, now);
  return duties;
}

void Claim::next_round(ClaimDuties& duties, TimePoint now) {
  duties.announce = true;
  duties.probe = rounds_ >= 1 && rounds_ <= kProbes;
  ++rounds_;
  next_round_ = now + kRepeatEvery;
  if (next_round_ - won_ >= kRepeatFor) next_round_ = TimePoint::max();
}

void Claim::follow_conflict(ClaimDuties& duties, TimePoint now) {
  if (now >= report_at_) {
    duties.report = true;
    conflict_->reported = true;
    reported_at_ = now;
    report_at_ = TimePoint::max();
  }
  if (now - contradicted_at_ >= kConflictLasts) {
    duties.conflict_cleared = conflict_->reported;
    conflict_.reset();
  } else if (now >= ask_again_) {
    duties.probe = true;
    ask_again_ = now + kAskAgainEvery;
  }
}

bool Claim::contradicted(const MacAddress& owner, TimePoint now) {
  if (!conflict_) {
    conflict_.emplace();
    ask_again_ = now + kAskAgainEvery;
    report_at_ = TimePoint::max();
  }
  const bool another = conflict_->owner != owner;
  conflict_->owner = owner;
  ++conflict_->answers;
  contradicted_at_ = now;
  if (!conflict_->reported) {
    if (report_at_ == TimePoint::max() && now - won_ >= kSettling) report_at_ = now + kSettling;
  } else if (another && now - reported_at_ >= kReportEvery) {
    report_at_ = now;
  }
  const bool defend = !defended_ || now - *defended_ >= kDefendEvery;
  if (defend) defended_ = now;
  return defend;
}

}  // namespace naru::lb::layer2
