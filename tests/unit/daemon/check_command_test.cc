#include "daemon/check_command.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "temp_dir.h"

namespace naru::daemon {
namespace {

constexpr const char* kGood = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 80}]
)";
constexpr const char* kBad = R"(apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  ports: [{port: 70000}]
  selecter: {app: api}
)";

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class Check {
 public:
  void file(const std::string& name, const std::string& text) { std::ofstream(dir_.path() / name) << text; }

  Outcome run(const AllocationCheck& allocations = {}, std::optional<std::string> config = {}) {
    CheckOptions options{{dir_.path().string()}, {}};
    if (config) options.config = (dir_.path() / *config).string();
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_check(options, allocations, out, err);
    return {code, out.str(), err.str()};
  }

 private:
  TempDir dir_;
};

TEST_CASE("good files are counted in one line") {
  Check check;
  check.file("a.yaml", kGood);
  check.file("b.yaml", R"(apiVersion: v1
kind: Node
metadata: {name: w1}
---
apiVersion: v1
kind: Node
metadata: {name: w2}
)");
  const Outcome outcome = check.run();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "good: 1 Service, 2 Nodes\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("an empty directory is good") {
  CHECK(Check().run().out == "good: no objects\n");
}

TEST_CASE("each error is a line, in the order of files and lines, those of allocation among them") {
  Check check;
  check.file("a.yaml", kBad);
  check.file("b.yaml", kGood);
  const Outcome outcome = check.run([](const config::SourceUpdate& loaded, const config::Configuration&) {
    REQUIRE(loaded.upserted.size() == 1);
    return std::vector<config::Issue>{
        {config::meta_of(loaded.upserted[0]).location, "Service shop/web", "spec", "taken"}};
  });
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  std::istringstream lines(outcome.err);
  std::string first;
  std::string second;
  std::string third;
  std::string fourth;
  std::getline(lines, first);
  std::getline(lines, second);
  std::getline(lines, third);
  CHECK(first.find("a.yaml:5: Service shop/api: spec.ports[0].port: ") != std::string::npos);
  CHECK(second.find("a.yaml:6: Service shop/api: spec.selecter") != std::string::npos);
  CHECK(third.find("Service shop/web: spec: taken") != std::string::npos);
  CHECK_FALSE(std::getline(lines, fourth));
}

TEST_CASE("the configuration is checked too") {
  Check check;
  check.file("good.yaml", kGood);
  check.file("naru.conf", "apiVersion: naru.io/v1alpha1\nkind: NaruConfiguration\nworkerz: 2\n");
  const Outcome outcome = check.run({}, "naru.conf");
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("naru.conf:3: ") != std::string::npos);
  CHECK(outcome.err.find("workerz") != std::string::npos);
  CHECK(check.run({}, "missing.conf").code == 1);
}

TEST_CASE("kinds that naru does not know are noticed, not refused") {
  Check check;
  check.file("a.yaml", std::string(kGood) + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n");
  const Outcome outcome = check.run();
  CHECK(outcome.code == 0);
  CHECK(outcome.err.starts_with("notice: "));
  CHECK(outcome.err.find("Deployment") != std::string::npos);
}

}  // namespace
}  // namespace naru::daemon
