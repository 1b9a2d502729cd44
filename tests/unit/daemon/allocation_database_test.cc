#include "daemon/allocation_database.h"

#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "daemon/allocation_store.h"
#include "temp_dir.h"

namespace naru::daemon {
namespace {

namespace fs = std::filesystem;

AllocationRow row(int i) {
  return {AllocationKind::cluster_ip,
          "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256),
          std::nullopt,
          {"shop", "web-" + std::to_string(i)},
          "",
          "",
          ""};
}

AllocationChanges many(int count) {
  AllocationChanges changes;
  for (int i = 0; i < count; ++i) changes.hold.push_back(row(i));
  return changes;
}

std::size_t files_set_aside(const fs::path& dir) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(dir)) {
    count += entry.path().filename().string().starts_with("naru.db.corrupt-") ? 1U : 0U;
  }
  return count;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("a file that is no database is set aside, and a new one begun") {
  const TempDir dir;
  write_file(dir.path() / "naru.db", std::string(8192, 'x'));
  AllocationStore store = AllocationStore::open(dir.path(), "w1").value();
  CHECK(store.commit(many(1)).has_value());
  CHECK(files_set_aside(dir.path()) == 1);
}

TEST_CASE("a database with damaged pages is set aside") {
  const TempDir dir;
  AllocationStore::open(dir.path(), "w1").value().commit(many(2000)).value();
  {
    std::fstream file(dir.path() / "naru.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 + 8);
    file << std::string(16384, '\xff');
  }
  AllocationStore store = AllocationStore::open(dir.path(), "w1").value();
  CHECK(files_set_aside(dir.path()) >= 1);
  CHECK(store.load().value().empty());
}

TEST_CASE("a database cut short is set aside") {
  const TempDir dir;
  AllocationStore::open(dir.path(), "w1").value().commit(many(2000)).value();
  fs::resize_file(dir.path() / "naru.db", 5000);
  CHECK(AllocationStore::open(dir.path(), "w1").has_value());
  CHECK(files_set_aside(dir.path()) >= 1);
}

TEST_CASE("an empty file is a new database") {
  const TempDir dir;
  write_file(dir.path() / "naru.db", "");
  CHECK(AllocationStore::open(dir.path(), "w1").has_value());
  CHECK(files_set_aside(dir.path()) == 0);
}

TEST_CASE("a newer naru's file is refused and left alone") {
  const TempDir dir;
  AllocationStore::open(dir.path(), "w1").value().commit(many(1)).value();
  sqlite::Database((dir.path() / "naru.db").string()).execute("PRAGMA user_version = 2");
  const auto result = AllocationStore::open(dir.path(), "w1");
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::conflict);
  CHECK(result.error().message.find("newer naru (schema 2, this one knows 1)") != std::string::npos);
  CHECK(files_set_aside(dir.path()) == 0);
}

TEST_CASE("a state directory below a file cannot be created, and the message says what to do") {
  const TempDir dir;
  write_file(dir.path() / "file", "");
  const auto result = AllocationStore::open(dir.path() / "file" / "state", "w1");
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::permission);
  CHECK(result.error().message.find("--state-dir") != std::string::npos);
}

TEST_CASE("a directory in the place of the file is an error, not a corruption") {
  const TempDir dir;
  fs::create_directory(dir.path() / "naru.db");
  const auto result = AllocationStore::open(dir.path(), "w1");
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::permission);
}

TEST_CASE("SQLite's failures become errors with a kind to act on") {
  struct Row {
    int code;
    Errc expected;
  };
  // SQLITE_BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, CONSTRAINT, NOTADB
  const Row cases[] = {{5, Errc::unavailable}, {6, Errc::unavailable}, {8, Errc::permission},
                       {10, Errc::io},         {11, Errc::io},         {13, Errc::exhausted},
                       {14, Errc::permission}, {19, Errc::conflict},   {26, Errc::io}};
  for (const Row& c : cases) CHECK(store_error("/tmp/naru.db", {c.code, "words"}).code == c.expected);
}

TEST_CASE("while another process holds the database too long, commit says so and the store goes on") {
  const TempDir dir;
  AllocationStore store = AllocationStore::open(dir.path(), "w1").value();
  {
    sqlite::Database other((dir.path() / "naru.db").string());
    const sqlite::Transaction held(other);
    const auto result = store.commit(many(1));
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::unavailable);
  }
  CHECK(store.commit(many(1)).has_value());
}

TEST_CASE("several that open a corrupted file together agree on one new file") {
  const TempDir dir;
  write_file(dir.path() / "naru.db", std::string(8192, 'x'));
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto store = AllocationStore::open(dir.path(), "w" + std::to_string(i));
      if (store.has_value() && store->commit({{row(i)}, {}}).has_value()) ++opened;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(opened == 4);
  CHECK(files_set_aside(dir.path()) == 1);
  CHECK(AllocationStore::open(dir.path(), "w").value().load().value().size() == 4);
}

/// A file system that is unmounted also when an assertion ends the test.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path path)
      : path_(std::move(path)),
        mounted_(::mount("naru-test", path_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=512k") == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  fs::path path_;
  bool mounted_;
};

// A real full disk where the test may mount one, else passed over.
TEST_CASE("a full disk fails the commit, and loses nothing that was there") {
  const TempDir dir;
  const SmallDisk disk(dir.path());
  if (!disk.mounted()) {
    WARN("passed over: a file system can only be mounted as root");
    return;
  }
  {
    AllocationStore store = AllocationStore::open(dir.path(), "w1").value();
    REQUIRE(store.commit(many(100)).has_value());
    const auto result = store.commit(many(20000));
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::exhausted);
    CHECK(result.error().message.find("free some space") != std::string::npos);
    CHECK(store.load().value().size() == 100);
  }
  // The log too: what it takes would be room for the next database.
  for (const char* name : {"naru.db", "naru.db-wal", "naru.db-shm"}) fs::remove(dir.path() / name);
  write_file(dir.path() / "ballast", std::string(600 * 1024, 'x'));
  const auto again = AllocationStore::open(dir.path(), "w1");
  REQUIRE(again.has_error());
  INFO(again.error().message);
  CHECK(again.error().code == Errc::exhausted);
}

}  // namespace
}  // namespace naru::daemon
