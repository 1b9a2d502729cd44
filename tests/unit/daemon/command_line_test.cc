#include "daemon/command_line.h"

#include <catch2/catch.hpp>

namespace naru::daemon {
namespace {

Command parse(std::vector<const char*> words) {
  words.insert(words.begin(), "naru");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST_CASE("run takes paths, files and overrides") {
  const auto options =
      std::get<RunOptions>(parse({"run", "-f", "a.yaml", "b", "-f", "c", "--config", "n.yaml", "--node", "w1",
                                  "--state-dir", "none", "--workers", "4", "--log-level", "debug"}));
  CHECK(options.paths == std::vector<std::string>{"a.yaml", "b", "c"});
  CHECK(options.config == "n.yaml");
  CHECK(options.node == "w1");
  CHECK(options.state_dir == "none");
  CHECK(options.workers == 4U);
  CHECK(options.log_level == log::Level::debug);
}

TEST_CASE("what is not given is not set") {
  const auto options = std::get<RunOptions>(parse({"run", "-f", "-"}));
  CHECK(options.paths == std::vector<std::string>{"-"});
  CHECK_FALSE((options.config || options.node || options.state_dir || options.workers));
  CHECK(options.log_level == log::Level::info);
}

TEST_CASE("check and version") {
  CHECK(std::get<CheckOptions>(parse({"check", "-f", "x", "--config", "c"})).paths == std::vector<std::string>{"x"});
  CHECK(std::holds_alternative<VersionOptions>(parse({"version"})));
  const auto version = std::get<ParsedExit>(parse({"--version"}));
  CHECK(version.code == 0);
  CHECK(version.text == "naru " NARU_VERSION "\n");
}

TEST_CASE("get takes a noun or its short name, a name, a namespace and a format") {
  const auto options = std::get<GetOptions>(parse({"get", "svc", "web", "-n", "shop", "-o", "yaml", "--socket", "s"}));
  CHECK(options.what == "services");
  CHECK(options.name == "web");
  CHECK(options.name_space == "shop");
  CHECK(options.output == OutputFormat::yaml);
  CHECK(options.socket == "s");
  for (const char* noun :
       {"services", "endpoints", "nodes", "pools", "announcements", "dns", "listeners", "connections"}) {
    CHECK(std::get<GetOptions>(parse({"get", noun})).what == noun);
  }
  CHECK(std::get<GetOptions>(parse({"get", "dns"})).output == OutputFormat::table);
}

TEST_CASE("wrong usage is exit code 2 with the reason, what was meant, and where help is") {
  struct Row {
    std::vector<const char*> words;
    const char* said;
  };
  const Row rows[] = {
      {{}, "a command is missing"},
      {{"rnu"}, "naru: unknown command \"rnu\"; did you mean \"run\"?\nSee `naru --help`."},
      {{"--frob"}, "naru: "},
      {{"run"}, "naru run: --filename"},
      {{"run", "-f"}, "naru run: --filename"},
      {{"run", "-f", "x", "--workers", "-1"}, "naru run: --workers"},
      {{"run", "-f", "x", "--workers", "many"}, "naru run: "},
      {{"run", "-f", "x", "--log-level", "inf"}, "unknown value \"inf\"; did you mean \"info\"?"},
      {{"run", "-f", "x", "--nod", "w1"}, "naru run: "},
      {{"check"}, "naru check: --filename"},
      {{"get"}, "naru get: WHAT"},
      {{"get", "servces"}, "unknown WHAT \"servces\"; did you mean \"services\"? (it is one of services, endpoints, "},
      {{"get", "dns", "a", "b"}, "naru get: "},
      {{"get", "dns", "-o", "xml"}, "unknown value \"xml\""},
      {{"get", "dns", "--config", "c", "--socket", "s"}, "excludes"},
      {{"version", "x"}, "naru version: "},
  };
  for (const Row& row : rows) {
    const auto exit = std::get<ParsedExit>(parse(row.words));
    INFO(exit.text);
    CHECK(exit.code == kExitBadUsage);
    CHECK(exit.text.find(row.said) != std::string::npos);
    CHECK(exit.text.find("--help") != std::string::npos);
    CHECK(exit.text.ends_with("\n"));
  }
}

TEST_CASE("help is exit code 0 and names every command and option") {
  struct Row {
    std::vector<const char*> words;
    std::vector<const char*> named;
  };
  const Row rows[] = {
      {{"--help"}, {"run", "check", "get", "version", "--help", "--version", "Exit status"}},
      {{"run", "--help"}, {"-f", "PATH", "--config", "--node", "--state-dir", "--workers", "--log-level", "SIGTERM"}},
      {{"check", "--help"}, {"-f", "--config", "Exit status"}},
      {{"get", "--help"}, {"WHAT", "NAME", "-n", "-o", "--config", "--socket", "announcements", "wide"}},
  };
  for (const Row& row : rows) {
    const auto exit = std::get<ParsedExit>(parse(row.words));
    INFO(exit.text);
    CHECK(exit.code == 0);
    for (const char* word : row.named) CHECK(exit.text.find(word) != std::string::npos);
  }
}

}  // namespace
}  // namespace naru::daemon
