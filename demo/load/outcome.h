// What became of one request.
#pragma once

#include <string_view>

namespace naru::demo {

enum class Outcome {
  ok,
  status,     // an answer that is no success
  connect,    // no connection
  reset,      // the connection was reset before any byte of the answer
  eof,        // the connection ended before any byte of the answer
  truncated,  // the answer began and did not end
  timeout,    // no whole answer in time
  wrong,      // an answer to something else: body or id differ
  refused,    // HTTP/2: unprocessed, said the server
};

[[nodiscard]] std::string_view to_string(Outcome outcome);

}  // namespace naru::demo
