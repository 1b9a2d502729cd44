#include "dns/rdata_text.h"

#include <catch2/catch.hpp>

namespace naru::dns {
namespace {

TEST_CASE("RDATA for people") {
  using namespace std::string_view_literals;
  struct Row {
    Type type;
    std::string_view rdata;
    const char* text;
  };
  const Row rows[] = {
      {Type::a, "\12\140\0\1"sv, "10.96.0.1"},
      {Type::a, "\12\140\0"sv, "\\# 3 0a6000"},
      {Type::a, "\12\140\0\1\2"sv, "\\# 5 0a60000102"},
      {Type::aaaa, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv, "fd00::1"},
      {Type::aaaa, ""sv, "\\# 0"},
      {Type::srv, "\0\1\0\2\0\3\1a\0"sv, "1 2 3 a."},
      {Type::srv, "\0\1\0\2\0\3\1a"sv, "\\# 8 0001000200030161"},
      {Type::ptr, "\1a\1b\0"sv, "a.b."},
      {Type::ptr, "\1a\300\14"sv, "\\# 4 0161c00c"},
      {Type::txt, "\2a\"\1\1"sv, "\"a\\\"\" \"\\001\""},
      {Type::txt, "\3a"sv, "\\# 2 0361"},
      {Type::soa, "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"sv, ". . 1 2 3 4 5"},
      {Type::mx, "\0\1\0"sv, "\\# 3 000100"},
  };
  for (const Row& row : rows) CHECK(rdata_text(row.type, row.rdata) == row.text);
}

}  // namespace
}  // namespace naru::dns
