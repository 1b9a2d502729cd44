// docs/configuration.md tells every field of NaruConfiguration as the code has it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "config/configuration.h"

namespace naru::config {
namespace {

std::string documentation() {
  std::ifstream file(NARU_SOURCE_DIR "/docs/configuration.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The rows of the section's table.
std::set<std::string> rows_of_section(const std::string& heading) {
  const std::string text = documentation();
  const auto begin = text.find("\n## " + heading + "\n");
  REQUIRE(begin != std::string::npos);
  std::istringstream section(text.substr(begin + 1, text.find("\n## ", begin + 1) - begin - 1));
  std::set<std::string> rows;
  for (std::string line; std::getline(section, line);) {
    if (line.starts_with("| `")) rows.insert(line);
  }
  return rows;
}

std::string row_of(const FieldDoc& field) {
  return fmt::format("| `{}` | {} | `{}` | {} |", field.path, field.type, field.default_value, field.doc);
}

TEST_CASE("each field of NaruConfiguration is documented with its type, its default and its sentence") {
  const auto rows = rows_of_section("NaruConfiguration");
  for (const FieldDoc& field : fields()) {
    CAPTURE(row_of(field));
    CHECK(rows.contains(row_of(field)));
  }
}

TEST_CASE("no field is documented that NaruConfiguration does not have") {
  CHECK(rows_of_section("NaruConfiguration").size() == fields().size());
}

}  // namespace
}  // namespace naru::config
