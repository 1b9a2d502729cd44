#include "daemon/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <sstream>

namespace naru::daemon {
namespace {

/// With every digit a 0.
std::string shape(std::string text) {
  for (char& c : text) c = c >= '0' && c <= '9' ? '0' : c;
  return text;
}

TEST_CASE("a line has its time in UTC, its level and its words") {
  std::ostringstream out;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
  sink->set_formatter(log_line_formatter());
  spdlog::logger logger("test", sink);
  logger.set_level(spdlog::level::trace);
  logger.debug("a");
  logger.info("b {}", 1);
  logger.warn("c");
  logger.error("d");
  std::istringstream lines(out.str());
  for (const char* expected : {"DEBUG a", "INFO b 1", "WARN c", "ERROR d"}) {
    std::string line;
    REQUIRE(std::getline(lines, line));
    CHECK(shape(line.substr(0, 25)) == "0000-00-00T00:00:00.000Z ");
    CHECK(line.substr(25) == expected);
  }
}

TEST_CASE("what comes from outside stays on its line") {
  CHECK(one_line("plain \xc3\xa4") == "plain \xc3\xa4");
  CHECK(one_line("") == "");
  CHECK(one_line("a\nb") == "a\\nb");
  CHECK(one_line(std::string("\r\x1b[2J\x00\x7f", 7)) == "\\x0d\\x1b[2J\\x00\\x7f");
}

}  // namespace
}  // namespace naru::daemon
