#include "daemon/allocation_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "temp_dir.h"

namespace naru::daemon {
namespace {

AllocationRow cluster_ip(const std::string& ip, const std::string& service) {
  return {AllocationKind::cluster_ip, ip, std::nullopt, {"shop", service}, "", "", ""};
}
AllocationRow node_port(const std::string& port, Protocol protocol, const std::string& service) {
  return {AllocationKind::node_port, port, protocol, {"shop", service}, "http", "", ""};
}
AllocationRow health_port(const std::string& port, const std::string& service) {
  return {AllocationKind::health_check_node_port, port, Protocol::tcp, {"shop", service}, "", "", ""};
}
AllocationRow lb_ip(const std::string& ip, const std::string& service, const std::string& sharing_key = "") {
  return {AllocationKind::load_balancer_ip, ip, std::nullopt, {"shop", service}, "", "pool", sharing_key};
}

std::vector<AllocationRow> rows(AllocationStore& store) {
  std::vector<AllocationRow> all;
  for (const StoredAllocation& stored : store.load().value()) all.push_back(stored.row);
  return all;
}

void hold(AllocationStore& store, const AllocationRow& row) {
  store.commit({{row}, {}}).value();
}
void release(AllocationStore& store, const AllocationRow& row) {
  store.commit({{}, {row}}).value();
}

TEST_CASE("what was committed is there when the store is opened again") {
  const TempDir dir;
  const std::vector<AllocationRow> all = {cluster_ip("127.96.0.7", "web"), node_port("30080", Protocol::tcp, "web"),
                                          health_port("32000", "web"), lb_ip("10.0.0.1", "web")};
  AllocationStore::open(dir.path(), "w1").value().commit({all, {}}).value();
  AllocationStore again = AllocationStore::open(dir.path(), "w1").value();
  CHECK(rows(again) == all);
  for (const StoredAllocation& stored : again.load().value()) CHECK((stored.mine && stored.holders == 1));
}

TEST_CASE("the state directory is created, parents included") {
  const TempDir dir;
  CHECK(AllocationStore::open(dir.path() / "a" / "b", "w1").has_value());
  CHECK(std::filesystem::exists(dir.path() / "a" / "b" / "naru.db"));
}

TEST_CASE("an empty change is nothing, and an empty store has no rows") {
  AllocationStore store = AllocationStore::in_memory("w1");
  CHECK(store.commit({}).has_value());
  CHECK(rows(store).empty());
  CHECK_FALSE(store.changed_elsewhere());
}

TEST_CASE("releasing what is not held is passed over, and the last release leaves nothing") {
  AllocationStore store = AllocationStore::in_memory("w1");
  release(store, cluster_ip("127.96.0.7", "web"));
  hold(store, cluster_ip("127.96.0.7", "web"));
  release(store, cluster_ip("127.96.0.7", "other"));
  CHECK(rows(store).size() == 1);
  release(store, cluster_ip("127.96.0.7", "web"));
  CHECK(rows(store).empty());
}

TEST_CASE("holding again changes the pool and the port key and keeps one row") {
  AllocationStore store = AllocationStore::in_memory("w1");
  hold(store, lb_ip("10.0.0.1", "web"));
  AllocationRow moved = lb_ip("10.0.0.1", "web");
  moved.pool = "other";
  hold(store, moved);
  CHECK(rows(store) == std::vector{moved});
}

TEST_CASE("no value is given to two Services") {
  struct Row {
    const char* sentence;
    AllocationRow first;
    AllocationRow second;
    bool conflict;
  };
  const Row cases[] = {
      {"the same cluster IP", cluster_ip("127.96.0.7", "web"), cluster_ip("127.96.0.7", "api"), true},
      {"another cluster IP", cluster_ip("127.96.0.7", "web"), cluster_ip("127.96.0.8", "api"), false},
      {"the same port and protocol", node_port("30080", Protocol::tcp, "web"), node_port("30080", Protocol::tcp, "api"),
       true},
      {"the same port, another protocol", node_port("30080", Protocol::tcp, "web"),
       node_port("30080", Protocol::udp, "web"), false},
      {"a node port that is another's health check port", health_port("30080", "web"),
       node_port("30080", Protocol::tcp, "api"), true},
      {"a health check port that is its own node port", node_port("30080", Protocol::tcp, "web"),
       health_port("30080", "web"), true},
      {"the same load balancer address", lb_ip("10.0.0.1", "web"), lb_ip("10.0.0.1", "api"), true},
      {"with the same sharing key", lb_ip("10.0.0.1", "web", "k"), lb_ip("10.0.0.1", "api", "k"), false},
      {"with another sharing key", lb_ip("10.0.0.1", "web", "k"), lb_ip("10.0.0.1", "api", "l"), true},
      {"with a sharing key on one side", lb_ip("10.0.0.1", "web"), lb_ip("10.0.0.1", "api", "k"), true},
      {"the same text of another kind", cluster_ip("10.0.0.1", "web"), lb_ip("10.0.0.1", "api"), false},
  };
  for (const Row& row : cases) {
    INFO(row.sentence);
    AllocationStore store = AllocationStore::in_memory("w1");
    hold(store, row.first);
    const auto result = store.commit({{row.second}, {}});
    CHECK(result.has_error() == row.conflict);
    if (row.conflict) CHECK(result.error().code == Errc::conflict);
    CHECK(rows(store).size() == (row.conflict ? 1 : 2));
  }
}

TEST_CASE("a conflict says whose the value is, and undoes the whole commit") {
  AllocationStore store = AllocationStore::in_memory("w1");
  hold(store, node_port("30080", Protocol::tcp, "web"));
  const auto result = store.commit({{cluster_ip("127.96.0.7", "api"), node_port("30080", Protocol::tcp, "api")},
                                    {node_port("30081", Protocol::tcp, "web")}});
  REQUIRE(result.has_error());
  CHECK(result.error().message == "30080/TCP for Service shop/api belongs to Service shop/web");
  CHECK(rows(store).size() == 1);
}

TEST_CASE("within one commit a value may change hands") {
  AllocationStore store = AllocationStore::in_memory("w1");
  hold(store, cluster_ip("127.96.0.7", "web"));
  CHECK(store.commit({{cluster_ip("127.96.0.7", "api")}, {cluster_ip("127.96.0.7", "web")}}).has_value());
  CHECK(rows(store) == std::vector{cluster_ip("127.96.0.7", "api")});
}

TEST_CASE("a row stays until the last of its nodes releases it") {
  const TempDir dir;
  AllocationStore w1 = AllocationStore::open(dir.path(), "w1").value();
  AllocationStore w2 = AllocationStore::open(dir.path(), "w2").value();
  const AllocationRow row = cluster_ip("127.96.0.7", "web");
  hold(w1, row);
  const auto seen = w2.load().value();
  REQUIRE(seen.size() == 1);
  CHECK_FALSE(seen[0].mine);
  hold(w2, row);
  CHECK(w1.load().value()[0].holders == 2);
  release(w1, row);
  CHECK(w2.commit({{cluster_ip("127.96.0.7", "api")}, {}}).error().code == Errc::conflict);
  CHECK(rows(w2) == std::vector{row});
  release(w2, row);
  CHECK(rows(w1).empty());
}

TEST_CASE("a change by another process is seen once; one's own is not") {
  const TempDir dir;
  AllocationStore w1 = AllocationStore::open(dir.path(), "w1").value();
  AllocationStore w2 = AllocationStore::open(dir.path(), "w2").value();
  CHECK_FALSE(w1.changed_elsewhere());
  hold(w1, cluster_ip("127.96.0.7", "web"));
  CHECK_FALSE(w1.changed_elsewhere());
  CHECK(w2.changed_elsewhere());
  CHECK_FALSE(w2.changed_elsewhere());
  hold(w2, cluster_ip("127.96.0.8", "api"));
  CHECK(rows(w1).size() == 2);
  CHECK_FALSE(w1.changed_elsewhere());
}

// A child commits one row after the other and is killed in the middle: all it had told of must be there, and the file
// must be sound.
TEST_CASE("commits survive kill -9") {
  const TempDir dir;
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    AllocationStore store = AllocationStore::open(dir.path(), "w1").value();
    for (unsigned char i = 1; i < 250; ++i) {
      hold(store, cluster_ip("127.96.0." + std::to_string(i), "web"));
      if (::write(told[1], &i, 1) != 1) ::_exit(1);
    }
    ::_exit(1);
  }
  unsigned char last = 0;
  while (last < 20 && ::read(told[0], &last, 1) == 1) {
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(told[1]);
  while (::read(told[0], &last, 1) == 1) {
  }
  ::close(told[0]);
  AllocationStore again = AllocationStore::open(dir.path(), "w1").value();
  const std::size_t count = rows(again).size();
  CHECK(last >= 20);
  CHECK((count == last || count == last + 1U));  // it may have died between the commit and the telling
}

}  // namespace
}  // namespace naru::daemon
