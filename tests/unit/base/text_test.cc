#include "base/text.h"

#include <catch2/catch.hpp>

#include "base/backoff.h"

namespace naru {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the nearest word is offered only when it is near") {
  constexpr std::string_view kFields[] = {"selector", "ports", "clusterIP", "externalTrafficPolicy"};
  CHECK(nearest("selecter", kFields) == "selector");
  CHECK(nearest("port", kFields) == "ports");
  CHECK(nearest("clusterIp", kFields) == "clusterIP");
  CHECK(nearest("externalTraficPolicy", kFields) == "externalTrafficPolicy");
  CHECK(nearest("sleectro", kFields) == "selector");
  CHECK_FALSE(nearest("replicas", kFields).has_value());
  CHECK_FALSE(nearest("", kFields).has_value());
  CHECK_FALSE(nearest(std::string(100, 'x'), kFields).has_value());
}

TEST_CASE("trim and split keep what is between") {
  CHECK(trim(" \ta b\n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("back-off doubles to its cap") {
  const Backoff backoff{1s, 10s};
  CHECK(backoff.after(1) == 1s);
  CHECK(backoff.after(2) == 2s);
  CHECK(backoff.after(4) == 8s);
  CHECK(backoff.after(5) == 10s);
  CHECK(backoff.after(1000) == 10s);
}

}  // namespace
}  // namespace naru
