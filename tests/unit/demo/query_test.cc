#include "demo/query.h"

#include <catch2/catch.hpp>
#include <string>

using namespace naru::demo;

TEST_CASE("a target's parameter", "[demo]") {
  struct Row {
    std::string target, key, value;
  };
  const Row rows[] = {
      {"/", "n", ""},
      {"", "n", ""},
      {"/?", "n", ""},
      {"/bytes?n=10", "n", "10"},
      {"/bytes?n=", "n", ""},
      {"/bytes?n", "n", ""},
      {"/slow?ms=5&id=a-1", "ms", "5"},
      {"/slow?ms=5&id=a-1", "id", "a-1"},
      {"/slow?ms=5&id=a-1", "d", ""},   // not the end of another's name
      {"/slow?msx=5&ms=6", "ms", "6"},  // not the beginning of another's
      {"/?a=b=c", "a", "b=c"},
      {"/?&&x=1&", "x", "1"},
  };
  for (const auto& row : rows) {
    INFO(row.target << " " << row.key);
    CHECK(parameter(row.target, row.key) == row.value);
  }
}

TEST_CASE("a target's path ends where its query begins", "[demo]") {
  CHECK(path_of("/a/b?c=/d") == "/a/b");
  CHECK(path_of("/a") == "/a");
  CHECK(path_of("") == "");
}

TEST_CASE("only digits are a number, and only as many as fit", "[demo]") {
  CHECK(to_number("0") == 0U);
  CHECK(to_number("18446744073709551615") == 18446744073709551615ULL);
  for (const auto* text : {"", "-1", "1x", " 1", "18446744073709551616"}) {
    INFO(text);
    CHECK_FALSE(to_number(text));
  }
}
