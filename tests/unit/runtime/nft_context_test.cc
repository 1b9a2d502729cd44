#include "runtime/nft_context.h"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/own_network.h"

namespace naru::runtime {
namespace {

Errc code_of(const Result<std::string>& ran) {
  return ran ? Errc::io : ran.error().code;
}

TEST_CASE("what nft refuses is told apart, in one line") {
  const OwnNetwork network;
  if (!network.entered()) return;
  const NftContext nft = make_nft_context();
  REQUIRE(nft);
  CHECK(run_nft(nft.get(), "").value().empty());
  CHECK(run_nft(nft.get(), "add table inet naru-test\n").has_value());
  CHECK(run_nft(nft.get(), "list tables\n").value() == "table inet naru-test\n");
  CHECK(code_of(run_nft(nft.get(), "list table inet nobodys\n")) == Errc::not_found);
  const auto garbage = run_nft(nft.get(), "add tabel\n");
  REQUIRE(code_of(garbage) == Errc::unavailable);
  CHECK(garbage.error().message.starts_with("syntax error"));
  CHECK(garbage.error().message.find('\n') == std::string::npos);
  CHECK(code_of(run_nft(nullptr, "")) == Errc::unavailable);
}

}  // namespace
}  // namespace naru::runtime
