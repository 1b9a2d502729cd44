#include "proxy/replay.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

using config::ReplayMode;

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx";

/// A request delivered, acknowledged, and answered by an end.
UnansweredEnd delivered(std::string_view sent) {
  return {.mode = ReplayMode::idempotent, .clean = true, .complete = true, .attempts_left = 2, .sent = sent};
}

TEST_CASE("whether an unanswered request is sent again") {
  struct Row {
    const char* sentence;
    UnansweredEnd end;
    ReplayVerdict verdict;
  };
  auto with = [](UnansweredEnd end, auto change) {
    change(end);
    return end;
  };
  const Row rows[] = {
      {"a GET after a clean end", delivered(kGet), ReplayVerdict::replay_idempotent},
      {"a GET after a reset", with(delivered(kGet), [](auto& e) { e.clean = false; }),
       ReplayVerdict::replay_idempotent},
      {"a POST after a clean end", delivered(kPost), ReplayVerdict::not_idempotent},
      {"a POST, none of it acknowledged, after a clean end",
       with(delivered(kPost), [](auto& e) { e.nothing_acknowledged = true; }), ReplayVerdict::replay_unprocessed},
      {"a POST, none of it acknowledged, after a reset: no proof",
       with(delivered(kPost), [](auto& e) { e.nothing_acknowledged = true, e.clean = false; }),
       ReplayVerdict::not_idempotent},
      {"a POST that was not passed on, after a reset",
       with(delivered(kPost), [](auto& e) { e.nothing_sent = true, e.clean = false; }),
       ReplayVerdict::replay_unprocessed},
      {"a client that has said nothing yet", with(delivered(""), [](auto& e) { e.nothing_sent = true; }),
       ReplayVerdict::replay_unprocessed},
      {"a client that said nothing and ended",
       with(delivered(""), [](auto& e) { e.nothing_sent = e.client_ended = true; }), ReplayVerdict::nothing_to_replay},
      {"a GET of a client that has half-closed", with(delivered(kGet), [](auto& e) { e.client_ended = true; }),
       ReplayVerdict::replay_idempotent},
      {"a later GET after a whole answer",
       with(delivered(kGet), [](auto& e) { e.first = false, e.previous_whole = true; }),
       ReplayVerdict::replay_idempotent},
      {"a later GET while an answer may still be under way", with(delivered(kGet), [](auto& e) { e.first = false; }),
       ReplayVerdict::mid_conversation},
      {"a later POST", with(delivered(kPost), [](auto& e) { e.first = false, e.previous_whole = true; }),
       ReplayVerdict::not_idempotent},
      {"a later POST, though told always",
       with(delivered(kPost), [](auto& e) { e.first = false, e.previous_whole = true, e.mode = ReplayMode::always; }),
       ReplayVerdict::not_idempotent},
      {"a later POST, though none of it acknowledged: the counts are the whole connection's",
       with(delivered(kPost), [](auto& e) { e.first = false, e.previous_whole = e.nothing_acknowledged = true; }),
       ReplayVerdict::not_idempotent},
      {"an idle connection that has had its answer", with(delivered(""), [](auto& e) { e.first = false; }),
       ReplayVerdict::nothing_to_replay},
      {"more sent than kept", with(delivered(""), [](auto& e) { e.complete = false; }), ReplayVerdict::not_kept},
      {"more sent than kept, though told always",
       with(delivered(""), [](auto& e) { e.complete = false, e.mode = ReplayMode::always; }), ReplayVerdict::not_kept},
      {"a POST when told always", with(delivered(kPost), [](auto& e) { e.mode = ReplayMode::always; }),
       ReplayVerdict::replay_as_told},
      {"a GET when told never", with(delivered(kGet), [](auto& e) { e.mode = ReplayMode::never; }),
       ReplayVerdict::forbidden},
      {"the last attempt left", with(delivered(kGet), [](auto& e) { e.attempts_left = 1; }),
       ReplayVerdict::replay_idempotent},
      {"no attempt left", with(delivered(kGet), [](auto& e) { e.attempts_left = 0; }), ReplayVerdict::attempts_spent},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(replay_verdict(row.end) == row.verdict);
    CHECK(allows(row.verdict) ==
          (row.verdict == ReplayVerdict::replay_unprocessed || row.verdict == ReplayVerdict::replay_idempotent ||
           row.verdict == ReplayVerdict::replay_as_told));
  }
}

}  // namespace
}  // namespace naru::proxy
