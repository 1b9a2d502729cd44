#include "daemon/access_log.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>
#include <vector>

#include "fake_view.h"
#include "temp_dir.h"

namespace naru::daemon {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a line is a connection with its time and outcome") {
  proxy::ConnectionRecord record = shop().connection_records[0];
  record.outcome = proxy::Outcome::endpoint_reset;
  CHECK(access_line(record, {}) ==
        R"({"time":"1970-01-01T00:00:00.000Z","protocol":"TCP","kind":"ClusterIP","client":"127.0.0.1:51000",)"
        R"("address":"127.96.0.17:80","endpoint":"127.1.0.1:8080","namespace":"shop","service":"web",)"
        R"("portName":"http","bytesReceived":100,"bytesSent":2000,"durationMilliseconds":61500,"attempts":1,)"
        R"("draining":false,"outcome":"endpoint_reset"})");
}

TEST_CASE("every N-th is taken, the first among them") {
  struct Row {
    std::uint64_t every;
    std::size_t expected;
  };
  for (const Row& row : {Row{0, 10}, Row{1, 10}, Row{3, 4}, Row{10, 1}, Row{11, 1}}) {
    Sampler sampler(row.every);
    std::size_t taken = 0;
    for (int i = 0; i < 10; ++i) taken += sampler.take() ? 1U : 0U;
    CHECK(taken == row.expected);
  }
}

TEST_CASE("records of several threads are whole lines, sampled, and appended to what was there") {
  const TempDir dir;
  const auto path = dir.path() / "access.log";
  std::ofstream(path) << "before\n";
  auto log = AccessLog::open(path.string(), 2).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 100; ++i) log->record({}, {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 201);
  CHECK(lines[0] == "before");
  for (std::size_t i = 1; i < lines.size(); ++i) CHECK(lines[i] == access_line({}, {}));
  CHECK(log->lost() == 0);
}

TEST_CASE("after a rotation the next line goes to a new file") {
  const TempDir dir;
  const auto path = dir.path() / "access.log";
  auto log = AccessLog::open(path.string(), 1).value();
  log->record({}, {});
  std::filesystem::rename(path, dir.path() / "access.log.1");
  CHECK(log->reopen().has_value());
  log->record({}, {});
  CHECK(lines_of(dir.path() / "access.log.1").size() == 1);
  CHECK(lines_of(path).size() == 1);
}

TEST_CASE("a file that cannot be opened is an error; a full disk loses lines and counts them") {
  const auto failed = AccessLog::open("/nonexistent/access.log", 1);
  REQUIRE(failed.has_error());
  CHECK(failed.error().message == "cannot write the access log /nonexistent/access.log: No such file or directory");
  auto full = AccessLog::open("/dev/full", 1).value();
  full->record({}, {});
  CHECK(full->lost() == 1);
}

}  // namespace
}  // namespace naru::daemon
