#include "daemon/grpc_health.h"

#include <catch2/catch.hpp>

namespace naru::daemon {
namespace {

using lb::ProbeResult;
using namespace std::string_literals;

/// gRPC's prefix and a message.
std::string framed(const std::string& message) {
  return "\0\0\0\0"s + static_cast<char>(message.size()) + message;
}

TEST_CASE("a question about the server as a whole is an empty message") {
  CHECK(health_check_request("") == "\0\0\0\0\0"s);
}

TEST_CASE("a question about a service names it, however long the name") {
  CHECK(health_check_request("a.B") == "\0\0\0\0\x05\x0a\x03"s + "a.B");
  const std::string name(200, 'x');
  CHECK(health_check_request(name) == "\0\0\0\0\xcb\x0a\xc8\x01"s + name);
}

TEST_CASE("answers are judged by the status of the call, then by the message") {
  struct Row {
    const char* sentence;
    std::string body;
    std::optional<int> status;
    ProbeResult result;
  };
  const Row row =
      GENERATE(Row{"serving", framed("\x08\x01"), 0, ProbeResult::success},
               Row{"not serving", framed("\x08\x02"), 0, ProbeResult::not_serving},
               Row{"a service that the server does not know", framed("\x08\x03"), 0, ProbeResult::not_serving},
               Row{"unknown, which is not written", framed(""), 0, ProbeResult::not_serving},
               Row{"serving, said last, counts", framed("\x08\x02\x08\x01"), 0, ProbeResult::success},
               Row{"fields of other kinds are passed over",
                   framed("\x12\x02zz\x19"
                          "12345678"
                          "\x25"
                          "1234"
                          "\x30\x05\x08\x01"),
                   0, ProbeResult::success},
               Row{"the call failed", framed("\x08\x01"), 12, ProbeResult::bad_status},
               Row{"no status", framed("\x08\x01"), std::nullopt, ProbeResult::bad_response},
               Row{"no message", "", 0, ProbeResult::bad_response},
               Row{"compressed, though not asked for", "\1\0\0\0\2\x08\x01"s, 0, ProbeResult::bad_response},
               Row{"shorter than it says", "\0\0\0\0\3\x08\x01"s, 0, ProbeResult::bad_response},
               Row{"longer than it says", "\0\0\0\0\1\x08\x01"s, 0, ProbeResult::bad_response},
               Row{"a number that does not end", framed("\x08\x81"), 0, ProbeResult::bad_response},
               Row{"a number of more than 64 bits", framed("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 0,
                   ProbeResult::bad_response},
               Row{"a field longer than the message", framed("\x12\x05z"), 0, ProbeResult::bad_response},
               Row{"a kind of field that there is not", framed("\x0b"), 0, ProbeResult::bad_response});
  INFO(row.sentence);
  CHECK(to_string(health_check_result(row.body, row.status)) == to_string(row.result));
}

}  // namespace
}  // namespace naru::daemon
