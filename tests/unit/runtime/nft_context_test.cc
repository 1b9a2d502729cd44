#include "runtime/nft_context.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <vector>

#include "runtime/unique_fd.h"

namespace naru::runtime {
namespace {

TEST_CASE("with a thousand open files there is no nftables rather than an aborted process") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  if (before.rlim_max < 2000) return;
  const rlimit more{2000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &more) == 0);
  {
    std::vector<UniqueFd> files;
    while (files.empty() || files.back().get() < 1100) files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK(make_nft_context() == nullptr);
  }
  CHECK(make_nft_context() != nullptr);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

}  // namespace
}  // namespace naru::runtime
