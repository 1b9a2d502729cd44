#include "demo/grpc_message.h"

#include <catch2/catch.hpp>

using namespace naru::demo;
using namespace std::string_literals;

TEST_CASE("a gRPC message is a flag, its length in four bytes, and itself", "[demo]") {
  CHECK(grpc_frame("") == "\0\0\0\0\0"s);
  CHECK(grpc_frame("hi") == "\0\0\0\0\x02hi"s);
  CHECK(grpc_frame(std::string(0x10203, 'x')).substr(0, 5) == "\0\0\x01\x02\x03"s);
}

TEST_CASE("only one whole uncompressed message is taken", "[demo]") {
  CHECK(grpc_unframe("\0\0\0\0\x02hi"s) == "hi");
  CHECK(grpc_unframe("\0\0\0\0\0"s) == "");
  for (const auto& bad :
       {""s, "\0\0\0\0"s, "\0\0\0\0\x02h"s, "\0\0\0\0\x02hix"s, "\x01\0\0\0\x02hi"s, "\0\xff\xff\xff\xff"s}) {
    CHECK_FALSE(grpc_unframe(bad));
  }
}
