#include "config/file_loader.h"

#include <catch2/catch.hpp>

#include "base/random.h"
#include "loading.h"

namespace naru::config {
namespace {

using testing::lines_of;
using testing::service;
using Lines = std::vector<std::string>;

std::vector<Object> objects_of(const FileLoader& loader) {
  std::vector<Object> objects;
  for (const auto& chunk : loader.chunks())
    objects.insert(objects.end(), chunk->loaded.objects.begin(), chunk->loaded.objects.end());
  return objects;
}

Lines errors_of(const FileLoader& loader) {
  Lines lines;
  for (const auto& chunk : loader.chunks()) {
    for (const Issue& issue : chunk->loaded.errors) lines.push_back(issue.to_string());
  }
  return lines;
}

/// "web t.yaml:1" for each object.
Lines places_of(const FileLoader& loader) {
  Lines lines;
  for (const Object& object : objects_of(loader))
    lines.push_back(meta_of(object).name + " " + meta_of(object).location.to_string());
  return lines;
}

std::string port(const char* name, int number) {
  return service("  ports: [{port: " + std::to_string(number) + "}]\n", name);
}

TEST_CASE("documents are split at their markers and nowhere else") {
  struct Row {
    const char* text;
    std::vector<std::string_view> parts;
  };
  const Row rows[] = {
      {"", {}},
      {"a: 1\n", {"a: 1\n"}},
      {"a\n---\nb\n", {"a\n", "---\nb\n"}},
      {"---\na\n---", {"---\na\n", "---"}},
      {"a\n--- # c\nb", {"a\n", "--- # c\nb"}},
      {"a\n---\r\nb", {"a\n", "---\r\nb"}},
      {"a\n----\nb\n---x\n", {"a\n----\nb\n---x\n"}},
      {"a: |\n  ---\n  b\n", {"a: |\n  ---\n  b\n"}},
      {"\n---\n---\n", {"\n", "---\n", "---\n"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(split_documents(row.text) == row.parts);
  }
}

TEST_CASE("the same text again changes nothing") {
  FileLoader loader("t.yaml");
  loader.update(port("a", 1) + "---\n" + port("b", 2));
  const auto before = objects_of(loader);
  loader.update(port("a", 1) + "---\n" + port("b", 2));
  CHECK(objects_of(loader) == before);
}

TEST_CASE("a changed document is loaded again and the others are the same objects") {
  FileLoader loader("t.yaml");
  loader.update(port("a", 1) + "---\n" + port("b", 2) + "---\n" + port("c", 3));
  const auto before = objects_of(loader);
  loader.update(port("a", 1) + "---\n" + port("b", 20) + "---\n" + port("c", 3));
  const auto after = objects_of(loader);
  CHECK(after[0] == before[0]);
  CHECK_FALSE(after[1] == before[1]);
  CHECK(after[2] == before[2]);
}

TEST_CASE("a document that moved keeps its objects and knows its new lines") {
  FileLoader loader("t.yaml");
  loader.update(port("a", 1) + "---\n" + port("b", 2));
  CHECK(places_of(loader) == Lines{"a t.yaml:1", "b t.yaml:7"});
  const auto before = objects_of(loader);
  loader.update("# one\n# two\n---\n" + port("a", 1) + "---\n" + port("b", 2));
  CHECK(places_of(loader) == Lines{"a t.yaml:4", "b t.yaml:10"});
  CHECK(objects_of(loader)[1] == before[1]);
  loader.update(port("b", 2));
  CHECK(places_of(loader) == Lines{"b t.yaml:1"});
}

TEST_CASE("errors in words and places move with their document") {
  FileLoader loader("t.yaml");
  loader.update("---\n" + port("a", 1) + "---\na: 1\na: 2\n");
  CHECK(errors_of(loader) == Lines{"t.yaml:9: the key \"a\" is given twice (first at line 8)"});
  loader.update("# more\n---\n" + port("a", 1) + "---\na: 1\na: 2\n");
  CHECK(errors_of(loader) == Lines{"t.yaml:10: the key \"a\" is given twice (first at line 9)"});
}

TEST_CASE("the last document may go") {
  FileLoader loader("t.yaml");
  loader.update(port("a", 1));
  loader.update("");
  CHECK(objects_of(loader).empty());
  CHECK(loader.chunks().empty());
  loader.update(port("a", 1));
  CHECK(objects_of(loader).size() == 1);
}

TEST_CASE("a text that is none leaves what was remembered") {
  FileLoader loader("t.yaml");
  loader.update(port("a", 1));
  const auto before = objects_of(loader);
  loader.update(port("a", 1) + std::string("\0", 1));
  REQUIRE(loader.unfit().has_value());
  CHECK(loader.unfit()->to_string() == "t.yaml:6: has a NUL byte: it is binary, not text");
  loader.update(port("a", 1));
  CHECK_FALSE(loader.unfit().has_value());
  CHECK(objects_of(loader) == before);
}

TEST_CASE("a large text, which several threads load, gives its objects in order") {
  std::string text;
  for (int i = 0; i < 8000; ++i) {  // some for the full parser, some for the fast one
    const std::string name = "s" + std::to_string(i);
    text += i % 2 == 0
                ? port(name.c_str(), 1)
                : "apiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\nspec:\n  ports:\n  - port: 1\n";
    text += "---\n";
  }
  REQUIRE(text.size() > 512 * 1024);
  FileLoader loader("t.yaml");
  loader.update(text);
  const auto objects = objects_of(loader);
  REQUIRE(objects.size() == 8000);
  for (std::size_t i = 0; i < objects.size(); ++i) REQUIRE(meta_of(objects[i]).name == "s" + std::to_string(i));
  CHECK(errors_of(loader).empty());
}

TEST_CASE("whatever the edits, what is loaded is what a fresh load gives") {
  const std::string pieces[] = {"---\n",     port("a", 1),   port("b", 2), port("c", 0), "# comment\n",
                                "--- # x\n", "a: 1\na: 2\n", "\n",         "x: [\n",     "---",
                                "-"};
  Random random(7);
  FileLoader loader("t.yaml");
  std::vector<std::string> parts;
  for (int round = 0; round < 3000; ++round) {
    const bool remove = !parts.empty() && random.below(3) == 0;
    const auto at =
        static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint32_t>(parts.size()) + (remove ? 0 : 1)));
    if (remove)
      parts.erase(parts.begin() + at);
    else if (parts.size() < 12)
      parts.insert(parts.begin() + at, pieces[random.below(std::size(pieces))]);
    std::string text;
    for (const std::string& part : parts) text += part;
    loader.update(text);
    FileLoader fresh("t.yaml");
    fresh.update(text);
    CAPTURE(text);
    REQUIRE(places_of(loader) == places_of(fresh));
    REQUIRE(errors_of(loader) == errors_of(fresh));
  }
}

}  // namespace
}  // namespace naru::config
