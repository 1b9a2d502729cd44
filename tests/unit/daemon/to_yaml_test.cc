#include "daemon/to_yaml.h"

#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "daemon/get_output.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

TEST_CASE("objects and lists are laid out as kubectl lays them out") {
  const json::value value = json::parse(R"({
    "kind": "List", "items": [{"metadata": {"name": "web", "labels": {}}, "ports": [80, 443]}, [], [1, [2]]],
    "empty": [], "none": null, "yes": true})");
  CHECK(to_yaml(value) == R"(kind: List
items:
- metadata:
    name: web
    labels: {}
  ports:
  - 80
  - 443
- []
-
  - 1
  -
    - 2
empty: []
none: null
"yes": true
)");
}

TEST_CASE("what is not an object is a document too") {
  CHECK(to_yaml(json::value(7)) == "7\n");
  CHECK(to_yaml(json::array{}) == "[]\n");
  CHECK(to_yaml(json::array{"a"}) == "- a\n");
  CHECK(to_yaml(json::object{}) == "{}\n");
}

TEST_CASE("strings stay plain where they can and are quoted where YAML would read something else") {
  struct Row {
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"web", "web"},
      {"10.96.0.1", "10.96.0.1"},
      {"kubernetes.io/service-name", "kubernetes.io/service-name"},
      {"a b", "a b"},
      {"", "\"\""},
      {"true", "\"true\""},
      {"Off", "\"Off\""},
      {"null", "\"null\""},
      {"~", "\"~\""},
      {"80", "\"80\""},
      {"1.5", "\"1.5\""},
      {"0x10", "\"0x10\""},
      {"1e3", "\"1e3\""},
      {".inf", "\".inf\""},
      {"-", "\"-\""},
      {"- a", "\"- a\""},
      {"2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\""},
      {"a: b", "\"a: b\""},
      {"a #b", "\"a #b\""},
      {"fd00::1", "\"fd00::1\""},
      {" a", "\" a\""},
      {"a ", "\"a \""},
      {"{a}", "\"{a}\""},
      {"*a", "\"*a\""},
      {"a\nb", "\"a\\nb\""},
      {"a\"b\\", "\"a\\\"b\\\\\""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(to_yaml(json::value(row.text)) == std::string(row.expected) + "\n");
    CHECK(YAML::Load(to_yaml(json::object{{"key", row.text}}))["key"].as<std::string>() == row.text);
  }
}

TEST_CASE("keys are quoted as values are") {
  CHECK(to_yaml(json::object{{"y", 1}, {"a:b", 2}}) == "\"y\": 1\n\"a:b\": 2\n");
}

TEST_CASE("pretty JSON is indented by four and says the same") {
  const json::value value = json::parse(R"({"a":[1,{"b":[]}],"c":{},"d":"x\ny"})");
  const std::string text = to_pretty_json(value);
  CHECK(text ==
        "{\n    \"a\": [\n        1,\n        {\n            \"b\": []\n        }\n    ],\n    \"c\": {},\n"
        "    \"d\": \"x\\ny\"\n}\n");
  CHECK(json::parse(text) == value);
}

}  // namespace
}  // namespace naru::daemon
