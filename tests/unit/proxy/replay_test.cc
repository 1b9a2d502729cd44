#include "proxy/replay.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

using config::ReplayMode;

TEST_CASE("what is one repeatable request") {
  struct Row {
    const char* sentence;
    std::string bytes;
    bool repeatable;
  };
  const Row rows[] = {
      {"a GET without headers", "GET / HTTP/1.1\r\n\r\n", true},
      {"a GET with headers", "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", true},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", true},
      {"HEAD", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"OPTIONS with a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"a PUT without content", "PUT /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", true},
      {"a DELETE without content", "DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"a header without a value", "GET / HTTP/1.1\r\nX:\r\n\r\n", true},
      {"a POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", false},
      {"a PATCH", "PATCH / HTTP/1.1\r\n\r\n", false},
      {"a method is case-sensitive", "get / HTTP/1.1\r\n\r\n", false},
      {"nothing", "", false},
      {"a request line alone", "GET / HTTP/1.1\r\n", false},
      {"one byte short of the end", "GET / HTTP/1.1\r\nHost: x\r\n\r", false},
      {"one byte past the end", "GET / HTTP/1.1\r\nHost: x\r\n\r\nG", false},
      {"two requests", "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", false},
      {"content announced and there", "PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", false},
      {"content announced and to come", "GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\n", false},
      {"a length that is no number", "GET / HTTP/1.1\r\nContent-Length: 0, 5\r\n\r\n", false},
      {"chunks", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"another protocol asked for", "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", false},
      {"an expectation", "PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", false},
      {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", false},
      {"a bare line feed inside", "GET / HTTP/1.1\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"a bare carriage return inside", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", false},
      {"a folded header", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", false},
      {"a space before the colon", "GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n", false},
      {"a header without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", false},
      {"a header without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n", false},
      {"two spaces", "GET  / HTTP/1.1\r\n\r\n", false},
      {"no target", "GET  HTTP/1.1\r\n\r\n", false},
      {"HTTP/0.9", "GET /\r\n\r\n", false},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
      {"a TLS hello", std::string("\x16\x03\x01\x00\xa5\x01", 6), false},
      {"a zero byte", std::string("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24), false},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(is_one_repeatable_request(row.bytes) == row.repeatable);
  }
}

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

TEST_CASE("bytes are kept up to the limit and no further") {
  KeptBytes kept;
  CHECK(kept.complete());
  CHECK(kept.bytes().empty());
  kept.append(std::string(KeptBytes::kLimit - 1, 'a'));
  kept.append("b");
  CHECK(kept.complete());
  CHECK(kept.bytes().size() == KeptBytes::kLimit);
  kept.append("");
  CHECK(kept.complete());
  kept.append("c");
  CHECK_FALSE(kept.complete());
  CHECK(kept.bytes().empty());
  kept.append("d");
  CHECK_FALSE(kept.complete());
  CHECK(kept.bytes().empty());
}

}  // namespace
}  // namespace naru::proxy
