#include "proxy/replay.h"

#include "proxy/http_glance.h"

namespace naru::proxy {

ReplayVerdict replay_verdict(const UnansweredEnd& end) {
  if (end.mode == config::ReplayMode::never) return ReplayVerdict::forbidden;
  if (!end.complete) return ReplayVerdict::not_kept;
  if (end.sent.empty() && (end.client_ended || !end.first)) return ReplayVerdict::nothing_to_replay;
  if (end.attempts_left <= 0) return ReplayVerdict::attempts_spent;
  if (!end.first && !end.previous_whole) return ReplayVerdict::mid_conversation;
  if (end.first && (end.nothing_sent || (end.clean && end.nothing_acknowledged)))
    return ReplayVerdict::replay_unprocessed;
  if (end.first && end.mode == config::ReplayMode::always) return ReplayVerdict::replay_as_told;
  return is_one_repeatable_request(end.sent) ? ReplayVerdict::replay_idempotent : ReplayVerdict::not_idempotent;
}

}  // namespace naru::proxy
