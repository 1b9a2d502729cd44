#include "http/fields.h"

#include <catch2/catch.hpp>

#include "tests/unit/http/field_lines.h"

namespace naru::http {
namespace {

TEST_CASE("names that naru knows are known in any case") {
  for (int i = 1; i <= static_cast<int>(FieldName::x_request_id); ++i) {
    const auto name = static_cast<FieldName>(i);
    std::string upper(to_string(name));
    INFO(upper);
    CHECK(field_name(upper) == name);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    CHECK(field_name(upper) == name);
    CHECK(field_name(upper + "x") == FieldName::other);
    CHECK(field_name(upper.substr(1)) == FieldName::other);
    upper[upper.size() / 2] = '~';
    CHECK(field_name(upper) == FieldName::other);
  }
  CHECK(field_name("") == FieldName::other);
  CHECK(field_name("proxy-authorization-x") == FieldName::other);
  CHECK(to_string(FieldName::other) == "");
}

TEST_CASE("only the case of letters is ignored, at every place of a word") {
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("a", ""));
  for (std::size_t size = 1; size <= 25; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string a(size, 'm');
        std::string b = a;
        a[at] = static_cast<char>(c);
        b[at] = static_cast<char>(c ^ 0x20);
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (equal_ignoring_case(a, b) != letter || !equal_ignoring_case(a, a)) FAIL(size << " " << at << " " << c);
      }
    }
  }
}

TEST_CASE("members of a list") {
  CHECK(list_has("a", "A"));
  CHECK(list_has("a, b ,\tc", "b"));
  CHECK(list_has(",,c", "c"));
  CHECK_FALSE(list_has("", "a"));
  CHECK_FALSE(list_has("ab", "a"));
  CHECK_FALSE(list_has("a b", "a"));
  CHECK_FALSE(list_has("a;q=1", "a"));
}

TEST_CASE("a block of fields") {
  FieldBlock block;
  block.add("Host", "a");
  block.add("X", "1", true);
  block.add("x", "2");
  CHECK(block.fields()[1].sensitive);
  CHECK(block.value_or_empty(FieldName::host) == "a");
  CHECK(block.find_other("X") == "1");
  block.set(FieldName::host, "b");
  CHECK(test::lines(block) == "X: 1\nx: 2\nhost: b\n");
  block.remove_if([](std::string_view, std::string_view value, FieldName) { return value == "1"; });
  CHECK(test::lines(block) == "x: 2\nhost: b\n");
  block.clear();
  CHECK(block.empty());
  CHECK(block.bytes() == 0);
  CHECK_FALSE(block.has(FieldName::host));
}

}  // namespace
}  // namespace naru::http
