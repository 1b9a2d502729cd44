#include "lb/layer2/claim.h"

#include <algorithm>

namespace naru::lb::layer2 {

TimePoint Claim::due() const {
  if (!conflict_) return next_round_;
  return std::min({next_round_, ask_again_, contradicted_at_ + kConflictLasts});
}

ClaimDuties Claim::next_round(TimePoint now) {
  ClaimDuties duties{true, rounds_ >= 1 && rounds_ <= kProbes, false};
  ++rounds_;
  next_round_ = now + kRepeatEvery;
  if (next_round_ - won_ >= kRepeatFor) next_round_ = TimePoint::max();
  return duties;
}

ClaimDuties Claim::advance(TimePoint now) {
  ClaimDuties duties;
  if (now >= next_round_) duties = next_round(now);
  if (!conflict_) return duties;
  if (now - contradicted_at_ >= kConflictLasts) {
    duties.conflict_cleared = conflict_->reported;
    conflict_.reset();
  } else if (now >= ask_again_) {
    duties.probe = true;
    ask_again_ = now + kAskAgainEvery;
  }
  return duties;
}

ClaimReaction Claim::contradicted(const MacAddress& owner, TimePoint now) {
  if (!conflict_) {
    conflict_.emplace();
    ask_again_ = now + kAskAgainEvery;
  }
  const bool another = conflict_->owner != owner;
  conflict_->owner = owner;
  ++conflict_->answers;
  contradicted_at_ = now;
  const bool again = another && now - reported_at_ >= kReportEvery;
  const ClaimReaction reaction{!defended_ || now - *defended_ >= kDefendEvery,
                               conflict_->reported ? again : now - won_ >= kSettling};
  if (reaction.defend) defended_ = now;
  if (reaction.report) {
    conflict_->reported = true;
    reported_at_ = now;
  }
  return reaction;
}

}  // namespace naru::lb::layer2
