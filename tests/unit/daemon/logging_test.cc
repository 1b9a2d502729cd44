#include "daemon/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

namespace naru::daemon {
namespace {

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
  const std::string when = R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ )";
  CHECK(std::regex_match(
      out.str(), std::regex(when + "DEBUG a\n" + when + "INFO b 1\n" + when + "WARN c\n" + when + "ERROR d\n")));
}

TEST_CASE("what comes from outside stays on its line") {
  CHECK(one_line("plain \xc3\xa4") == "plain \xc3\xa4");
  CHECK(one_line("") == "");
  CHECK(one_line("a\nb") == "a\\nb");
  CHECK(one_line(std::string("\r\x1b[2J\x00\x7f", 7)) == "\\x0d\\x1b[2J\\x00\\x7f");
}

}  // namespace
}  // namespace naru::daemon
