#include "runtime/bpf_object.h"

#include <arpa/inet.h>

#include <catch2/catch.hpp>

#include "bpf/steering_layout.h"
#include "runtime/bpf_access.h"
#include "tests/unit/runtime/own_network.h"

namespace naru::runtime {
namespace {

bool allowed() {
  const BpfAccess access = bpf_access(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP);
  if (!access) WARN("skipped: " << access.reason);
  return static_cast<bool>(access);
}

steering_frontend frontend(std::uint32_t number) {
  return {{number, 0, 0, 0}, 80, IPPROTO_TCP, AF_INET};
}

TEST_CASE("why BPF is refused is told by what the process may and what the kernel said") {
  constexpr std::uint64_t kAdmin = std::uint64_t{1} << 21;
  constexpr std::uint64_t kNet = std::uint64_t{1} << 12;
  constexpr std::uint64_t kBpf = std::uint64_t{1} << 39;
  struct Row {
    const char* sentence;
    std::uint64_t capabilities;
    int error_number;
    BpfObstacle expected;
  };
  const auto row = GENERATE(values<Row>({
      {"what was loaded is allowed", 0, 0, BpfObstacle::none},
      {"without capabilities CAP_BPF is named first", 0, EPERM, BpfObstacle::no_cap_bpf},
      {"CAP_NET_ADMIN alone is not enough", kNet, EPERM, BpfObstacle::no_cap_bpf},
      {"CAP_BPF alone is not enough", kBpf, EPERM, BpfObstacle::no_cap_net_admin},
      {"both, and refused: something else forbids it", kBpf | kNet, EPERM, BpfObstacle::refused},
      {"CAP_SYS_ADMIN stands for both", kAdmin, EPERM, BpfObstacle::refused},
      {"an old kernel does not know the type", kBpf | kNet, EINVAL, BpfObstacle::unknown_program},
      {"a kernel without BPF has no such system call", kAdmin, ENOSYS, BpfObstacle::unknown_program},
  }));
  CAPTURE(row.sentence);
  CHECK(bpf_obstacle(row.capabilities, row.error_number) == row.expected);
}

TEST_CASE("maps are filled and emptied, many at once and one by one") {
  if (!allowed()) return;
  const BpfObject object = BpfObject::load(bpf::steering()).value();
  const auto map = object.map<steering_frontend, steering_treatment>("frontends");
  REQUIRE(map.has_value());
  std::vector<steering_frontend> keys;
  std::vector<steering_treatment> values;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    keys.push_back(frontend(i));
    values.push_back({STEERING_RANGES, i});
  }
  REQUIRE(map->update(keys, values).has_value());
  REQUIRE(map->find(keys[2999]));
  CHECK(map->find(keys[2999])->ranges == 2999);

  REQUIRE(map->update(keys[7], {STEERING_DROP, 0}).has_value());
  CHECK(map->find(keys[7])->action == STEERING_DROP);

  keys.push_back(frontend(3000));  // is not there
  std::swap(keys.front(), keys.back());
  REQUIRE(map->erase(keys).has_value());
  CHECK(!map->find(keys[1]));
  CHECK(!map->find(keys[2999]));
  CHECK(map->update(std::span<const steering_frontend>(), std::span<const steering_treatment>()).has_value());
  CHECK(map->erase(std::span<const steering_frontend>()).has_value());
}

TEST_CASE("a map of another shape is an error, not memory written over") {
  if (!allowed()) return;
  const BpfObject object = BpfObject::load(bpf::steering()).value();
  CHECK(object.map<std::uint32_t, steering_treatment>("frontends").has_error());
  CHECK(object.map<steering_frontend, std::uint32_t>("frontends").has_error());
  CHECK(object.map<steering_frontend, steering_treatment>("no such map").has_error());
  CHECK(object.program("no_such_program").has_error());
}

TEST_CASE("an image that is none is an error with its name") {
  const std::array<std::byte, 4> text{std::byte{'t'}, std::byte{'e'}, std::byte{'x'}, std::byte{'t'}};
  const auto object = BpfObject::load({"text", text});
  REQUIRE(object.has_error());
  CHECK(object.error().message.find("text") != std::string::npos);
}

TEST_CASE("a program is attached for as long as its link is held") {
  if (!allowed()) return;
  const OwnNetwork network;
  if (!network.entered()) return;
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const auto attached = [&] {
    __u32 count = 0;
    REQUIRE(::bpf_prog_query(here.get(), BPF_SK_LOOKUP, 0, nullptr, nullptr, &count) == 0);
    return count;
  };
  const BpfObject object = BpfObject::load(bpf::steering()).value();
  {
    const auto link = attach_bpf(*object.program("steer"), here.get(), BPF_SK_LOOKUP);
    REQUIRE(link.has_value());
    CHECK(attached() == 1);
  }
  CHECK(attached() == 0);
  CHECK(attach_bpf(-1, here.get(), BPF_SK_LOOKUP).has_error());
}

}  // namespace
}  // namespace naru::runtime
