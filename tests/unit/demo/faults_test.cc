#include "demo/faults.h"

#include <catch2/catch.hpp>

using namespace naru::demo;

namespace {

FaultOptions with(double FaultOptions::*share, double value) {
  FaultOptions out;
  out.*share = value;
  return out;
}

}  // namespace

TEST_CASE("nothing goes wrong unless it was asked for", "[demo]") {
  Faults faults;
  for (int i = 0; i < 1000; ++i) {
    CHECK(faults.draw() == Mishap::none);
    CHECK_FALSE(faults.refuses());
    CHECK_FALSE(faults.closes());
  }
}

TEST_CASE("what is asked for always happens always", "[demo]") {
  CHECK(Faults(with(&FaultOptions::abort, 1)).draw() == Mishap::abort);
  CHECK(Faults(with(&FaultOptions::fail, 1)).draw() == Mishap::fail);
  CHECK(Faults(with(&FaultOptions::hang, 1)).draw() == Mishap::hang);
  CHECK(Faults(with(&FaultOptions::refuse, 1)).refuses());
}

TEST_CASE("a share is about that share, and the same with the same seed", "[demo]") {
  Faults one(with(&FaultOptions::abort, 0.25));
  Faults other(with(&FaultOptions::abort, 0.25));
  int aborted = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto drawn = one.draw();
    CHECK(drawn == other.draw());
    aborted += drawn == Mishap::abort ? 1 : 0;
  }
  CHECK(aborted > 800);
  CHECK(aborted < 1200);
}

TEST_CASE("an answer is cut anywhere before its end", "[demo]") {
  Faults faults;
  CHECK(faults.cut(0) == 0);
  CHECK(faults.cut(1) == 0);
  bool none = false;
  bool all_but_one = false;
  for (int i = 0; i < 1000; ++i) {
    const auto at = faults.cut(10);
    CHECK(at < 10);
    none = none || at == 0;
    all_but_one = all_but_one || at == 9;
  }
  CHECK(none);
  CHECK(all_but_one);
}

TEST_CASE("every n-th answer closes", "[demo]") {
  FaultOptions options;
  options.close_every = 3;
  Faults faults(options);
  for (const bool closes : {false, false, true, false, false, true}) CHECK(faults.closes() == closes);
}
