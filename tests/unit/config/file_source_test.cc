// Real directories and inotify. Nothing sleeps: a test waits for the descriptor, with a time-out far above what is
// promised.
#include "config/file_source.h"

#include <poll.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "config/scan.h"
#include "loading.h"

namespace naru::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::lines_of;
using testing::service;
using Lines = std::vector<std::string>;

/// A directory of its own for each test, which is the working directory while it runs, so that paths in messages are
/// short.
class Workspace {
 public:
  Workspace() : before_(fs::current_path()) {
    std::string pattern = (fs::temp_directory_path() / "naru-files-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    fs::current_path(path_);
  }
  ~Workspace() {
    fs::current_path(before_);
    fs::remove_all(path_);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

 private:
  fs::path before_;
  fs::path path_;
};

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

/// As editors and configuration management do: never half a file under the name.
void replace(const std::string& path, const std::string& text) {
  write(path + ".tmp", text);
  fs::rename(path + ".tmp", path);
}

std::string web(int port, const char* name = "web") {
  return service("  ports: [{port: " + std::to_string(port) + "}]\n", name);
}

/// Follows a source and holds what is in force, as the control loop does.
class Follower {
 public:
  explicit Follower(const std::vector<std::string>& paths) : source_(watch_files(paths).value()) { take(); }

  void take() {
    last_ = source_->read_changes();
    for (const Object& object : last_.upserted)
      ports_[key_of(object)] = std::get<std::shared_ptr<const Service>>(object)->ports.at(0).port.value();
    for (const ObjectKey& key : last_.removed) ports_.erase(key);
  }

  [[nodiscard]] bool readable(std::chrono::milliseconds wait) const {
    pollfd fd{source_->fd(), POLLIN, 0};
    return ::poll(&fd, 1, static_cast<int>(wait.count())) == 1;
  }

  /// Takes changes until `wanted` is in force; false if it is not in five seconds.
  bool until(const Lines& wanted) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (services() != wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (readable(100ms)) take();
    }
    return true;
  }

  /// Takes changes until there have been none for `quiet`; returns whether an object changed.
  bool any_change(std::chrono::milliseconds quiet = 150ms) {
    bool changed = false;
    while (readable(quiet)) {
      take();
      changed = changed || !last_.upserted.empty() || !last_.removed.empty();
    }
    return changed;
  }

  bool until_errors(const Lines& wanted) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (errors() != wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (readable(100ms)) take();
    }
    return true;
  }

  /// "web:80", in the order of names.
  [[nodiscard]] Lines services() const {
    Lines lines;
    for (const auto& [key, port] : ports_) lines.push_back(key.name + ":" + std::to_string(port));
    return lines;
  }
  [[nodiscard]] Lines errors() const { return lines_of(last_.errors); }
  [[nodiscard]] Lines notices() const { return lines_of(last_.notices); }
  [[nodiscard]] const SourceUpdate& last() const { return last_; }
  [[nodiscard]] Source& source() { return *source_; }

 private:
  std::unique_ptr<Source> source_;
  SourceUpdate last_;
  std::map<ObjectKey, int> ports_;
};

TEST_CASE("files and directories are loaded, in depth, and what is not an object file is left alone") {
  const Workspace workspace;
  fs::create_directories("d/sub/.git");
  write("one.txt", web(1, "one"));
  write("d/a.yaml", web(2, "a"));
  write("d/b.yml", web(3, "b"));
  write(
      "d/sub/c.json",
      R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"c","namespace":"shop"},"spec":{"ports":[{"port":4}]}})");
  for (const char* ignored :
       {"d/.a.yaml.swp", "d/a.yaml~", "d/#a.yaml#", "d/.hidden.yaml", "d/README.md", "d/sub/.git/x.yaml", "d/4913"})
    write(ignored, "not: [yaml");
  Follower follower({"one.txt", "d"});
  CHECK(follower.services() == Lines{"a:2", "b:3", "c:4", "one:1"});
  CHECK(follower.errors().empty());
  CHECK(load_files({"one.txt", "./d//"}).upserted.size() == 4);
  CHECK(load_files({"."}).upserted.size() == 3);
}

TEST_CASE("nothing changed: the descriptor stays quiet and nothing is said to have changed") {
  const Workspace workspace;
  write("web.yaml", web(80));
  Follower follower({"web.yaml"});
  CHECK(follower.last().any_change);
  CHECK_FALSE(follower.readable(0ms));
  follower.take();
  CHECK_FALSE(follower.last().any_change);
  replace("web.yaml", web(80));
  REQUIRE(follower.readable(5s));
  CHECK_FALSE(follower.any_change());
}

TEST_CASE("a change is taken however it is written") {
  const Workspace workspace;
  const bool in_directory = GENERATE(true, false);
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  Follower follower({in_directory ? "d" : "d/web.yaml"});
  REQUIRE(follower.services() == Lines{"web:80"});
  SECTION("in place") {
    write("d/web.yaml", web(81));
  }
  SECTION("by atomic rename") {
    replace("d/web.yaml", web(81));
  }
  SECTION("by rename from outside") {
    write("outside", web(81));
    fs::rename("outside", "d/web.yaml");
  }
  SECTION("as vim does: aside, anew, and the backup removed") {
    fs::rename("d/web.yaml", "d/web.yaml~");
    write("d/web.yaml", web(81));
    fs::remove("d/web.yaml~");
  }
  SECTION("as version control does: removed, then written anew") {
    fs::remove("d/web.yaml");
    write("d/web.yaml", web(81));
  }
  SECTION("as a hard link") {
    write("outside", web(81));
    fs::remove("d/web.yaml");
    fs::create_hard_link("outside", "d/web.yaml");
  }
  SECTION("as a symbolic link") {
    write("outside", web(81));
    fs::create_symlink(fs::absolute("outside"), "d/link");
    fs::rename("d/link", "d/web.yaml");
  }
  CHECK(follower.until({"web:81"}));
  CHECK(follower.errors().empty());
}

TEST_CASE("a file that is removed and written anew is never out of force in between") {
  const Workspace workspace;
  const bool in_directory = GENERATE(true, false);
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  Follower follower({in_directory ? "d" : "d/web.yaml"});
  SECTION("aside, anew") {
    fs::rename("d/web.yaml", "d/web.yaml~");
  }
  SECTION("removed, anew") {
    fs::remove("d/web.yaml");
  }
  {
    std::ofstream half("d/web.yaml");
    half << "apiVersion: v1\n" << std::flush;
    CHECK_FALSE(follower.any_change());  // longer than any hold
    CHECK(follower.errors().empty());
    half << web(81).substr(15);
    half.close();
  }
  CHECK(follower.until({"web:81"}));
}

TEST_CASE("a write in several steps is taken when it is complete") {
  const Workspace workspace;
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  Follower follower({"d"});
  std::ofstream file("d/web.yaml");
  file << "apiVersion: v1\nkind: Service\n" << std::flush;
  CHECK_FALSE(follower.any_change());
  CHECK(follower.errors().empty());
  file << "metadata: {name: web, namespace: shop}\nspec: {ports: [{port: 81}]}\n";
  file.close();
  CHECK(follower.until({"web:81"}));
}

TEST_CASE("files come and go") {
  const Workspace workspace;
  fs::create_directory("d");
  Follower follower({"d"});
  CHECK(follower.services().empty());
  write("d/a.yaml", web(1, "a"));
  CHECK(follower.until({"a:1"}));
  write("d/b.yaml", web(2, "b"));
  CHECK(follower.until({"a:1", "b:2"}));
  fs::remove("d/a.yaml");
  CHECK(follower.until({"b:2"}));
  fs::rename("d/b.yaml", "d/b.yaml.off");
  CHECK(follower.until({}));
  fs::rename("d/b.yaml.off", "d/b.yaml");
  CHECK(follower.until({"b:2"}));
}

TEST_CASE("renaming a file changes no object and reports no duplicate") {
  const Workspace workspace;
  fs::create_directory("d");
  write("d/a.yaml", web(1, "a"));
  Follower follower({"d"});
  fs::rename("d/a.yaml", "d/b.yaml");
  CHECK(follower.readable(5s));
  follower.take();
  CHECK(follower.services() == Lines{"a:1"});
  CHECK(follower.errors().empty());
  CHECK(follower.last().removed.empty());
}

TEST_CASE("directories come, go and come back") {
  const Workspace workspace;
  fs::create_directory("d");
  write("d/top.yaml", web(1, "top"));
  Follower follower({"d"});
  fs::create_directories("d/x/y");
  write("d/x/y/web.yaml", web(80));
  CHECK(follower.until({"top:1", "web:80"}));
  write("d/x/y/web.yaml", web(81));
  CHECK(follower.until({"top:1", "web:81"}));
  fs::rename("d/x", "gone");
  CHECK(follower.until({"top:1"}));
  fs::rename("gone", "d/x");
  CHECK(follower.until({"top:1", "web:81"}));
  fs::remove_all("d/x");
  CHECK(follower.until({"top:1"}));
  CHECK(follower.errors().empty());
}

TEST_CASE("a directory that is replaced by another gives the other's files") {
  const Workspace workspace;
  fs::create_directories("d/x");
  fs::create_directory("new");
  write("d/x/web.yaml", web(80));
  write("new/web.yaml", web(81));
  Follower follower({"d"});
  fs::rename("d/x", "old");
  fs::rename("new", "d/x");
  CHECK(follower.until({"web:81"}));
}

TEST_CASE("a path that is not there is an error until it appears, and again when it goes") {
  const Workspace workspace;
  Follower follower({"conf/site/web.yaml"});
  const Lines missing{"conf/site/web.yaml: cannot be read: No such file or directory"};
  CHECK(follower.errors() == missing);
  fs::create_directory("conf");
  fs::create_directory("conf/site");
  write("conf/site/web.yaml", web(80));
  CHECK(follower.until({"web:80"}));
  CHECK(follower.until_errors({}));
  fs::remove_all("conf");
  CHECK(follower.until({}));
  CHECK(follower.until_errors(missing));
  fs::create_directories("conf/site");
  write("conf/site/web.yaml", web(81));
  CHECK(follower.until({"web:81"}));
  CHECK(follower.until_errors({}));
}

TEST_CASE("a directory given by name may be deleted and come back") {
  const Workspace workspace;
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  Follower follower({"d"});
  fs::remove_all("d");
  CHECK(follower.until({}));
  CHECK(follower.until_errors({"d: cannot be read: No such file or directory"}));
  fs::create_directory("d");
  write("d/web.yaml", web(81));
  CHECK(follower.until({"web:81"}));
  CHECK(follower.until_errors({}));
}

TEST_CASE("the link of a volume of Kubernetes is swapped") {
  const Workspace workspace;
  const bool whole = GENERATE(true, false);
  fs::create_directories("v/..1/sub");
  write("v/..1/web.yaml", web(80));
  write("v/..1/sub/more.yaml", web(1, "more"));
  fs::create_symlink("..1", "v/..data");
  fs::create_symlink("..data/web.yaml", "v/web.yaml");
  fs::create_symlink("..data/sub", "v/sub");
  Follower follower({whole ? "v" : "v/web.yaml"});
  const auto wanted = [&](int port, int more) {
    Lines lines;
    if (whole) lines.push_back("more:" + std::to_string(more));
    lines.push_back("web:" + std::to_string(port));
    return lines;
  };
  REQUIRE(follower.services() == wanted(80, 1));
  for (int i = 2; i < 5; ++i) {
    const std::string next = "v/.." + std::to_string(i);
    fs::create_directories(next + "/sub");
    write(next + "/web.yaml", web(80 + i));
    write(next + "/sub/more.yaml", web(i, "more"));
    fs::create_symlink(".." + std::to_string(i), "v/..data_tmp");
    fs::rename("v/..data_tmp", "v/..data");
    fs::remove_all("v/.." + std::to_string(i - 1));
    CHECK(follower.until(wanted(80 + i, i)));
    CHECK(follower.errors().empty());
  }
}

TEST_CASE("what a link points to may be edited, may be missing, and may lead in circles") {
  const Workspace workspace;
  fs::create_directories("d/in");
  fs::create_directory("elsewhere");
  write("elsewhere/web.yaml", web(80));
  fs::create_symlink("../elsewhere/web.yaml", "d/web.yaml");
  fs::create_symlink("../elsewhere/missing.yaml", "d/missing.yaml");
  fs::create_symlink("loop.yaml", "d/loop.yaml");
  fs::create_symlink("../../d", "d/in/again");
  Follower follower({"d"});
  CHECK(follower.services() == Lines{"web:80"});
  CHECK(follower.errors() == Lines{"d/loop.yaml: cannot be read: Too many levels of symbolic links",
                                   "d/missing.yaml: cannot be read: No such file or directory"});
  write("elsewhere/web.yaml", web(81));
  CHECK(follower.until({"web:81"}));
  replace("elsewhere/web.yaml", web(82));
  CHECK(follower.until({"web:82"}));
  write("elsewhere/missing.yaml", web(1, "late"));
  CHECK(follower.until({"late:1", "web:82"}));
  CHECK(follower.until_errors({"d/loop.yaml: cannot be read: Too many levels of symbolic links"}));
}

TEST_CASE("a broken edit leaves the whole file as it was and is reported") {
  const Workspace workspace;
  write("web.yaml", web(80) + "---\n" + web(1, "other"));
  Follower follower({"web.yaml"});
  replace("web.yaml", web(81) + "---\n" + web(0, "other"));
  CHECK(follower.until_errors({"web.yaml:11: Service shop/other: spec.ports[0].port: 0 is outside 1..65535"}));
  CHECK(follower.services() == Lines{"other:1", "web:80"});
  CHECK(follower.last().any_change);
  CHECK(follower.notices() == Lines{"web.yaml: has errors; what it said before them stays in force"});
  replace("web.yaml", std::string("\0\1\2", 3));
  CHECK(follower.until_errors({"web.yaml:1: has a NUL byte: it is binary, not text"}));
  CHECK(follower.services() == Lines{"other:1", "web:80"});
  replace("web.yaml", web(82));
  CHECK(follower.until({"web:82"}));
  CHECK(follower.errors().empty());
  CHECK(follower.notices().empty());
}

TEST_CASE("a file that was never whole gives its good objects") {
  const Workspace workspace;
  write("web.yaml", web(80) + "---\n" + web(0, "other"));
  Follower follower({"web.yaml"});
  CHECK(follower.services() == Lines{"web:80"});
  CHECK(follower.errors().size() == 1);
  replace("web.yaml", web(81) + "---\n" + web(0, "other"));
  CHECK(follower.until({"web:81"}));
  replace("web.yaml", web(81) + "---\n" + web(2, "other"));
  CHECK(follower.until({"other:2", "web:81"}));
  CHECK(follower.errors().empty());
}

TEST_CASE("the last object may go, and the file may be empty") {
  const Workspace workspace;
  write("web.yaml", web(80));
  Follower follower({"web.yaml"});
  replace("web.yaml", "# nothing\n");
  CHECK(follower.until({}));
  CHECK(follower.errors().empty());
}

TEST_CASE("of an object given twice the first is in force; when it goes, the other takes its place") {
  const Workspace workspace;
  fs::create_directory("d");
  write("d/a.yaml", web(1));
  write("d/b.yaml", "---\n" + web(2) + "---\n" + web(3));
  Follower follower({"d"});
  CHECK(follower.services() == Lines{"web:1"});
  CHECK(follower.errors() == Lines{"d/b.yaml:2: Service shop/web: duplicate of d/a.yaml:1",
                                   "d/b.yaml:8: Service shop/web: duplicate of d/a.yaml:1"});
  fs::remove("d/a.yaml");
  CHECK(follower.until({"web:2"}));
  CHECK(follower.errors() == Lines{"d/b.yaml:8: Service shop/web: duplicate of d/b.yaml:2"});
  CHECK(follower.last().removed.empty());
  replace("d/b.yaml", "---\n" + web(3) + "---\n" + web(2));
  CHECK(follower.until({"web:3"}));
  write("d/a.yaml", web(1));
  CHECK(follower.until({"web:1"}));
  replace("d/b.yaml", "");
  CHECK(follower.until_errors({}));
  fs::remove("d/a.yaml");
  CHECK(follower.until({}));
}

/// Root reads everything; as nobody's files system user, it reads what anybody may.
class AsNobody {
 public:
  AsNobody() {
    if (::geteuid() == 0) ::setfsuid(65534);
  }
  ~AsNobody() { ::setfsuid(::geteuid()); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

TEST_CASE("a file that must not be read is an error; when it may be read, it is") {
  const Workspace workspace;
  REQUIRE(::chmod(".", 0755) == 0);
  write("web.yaml", web(80));
  REQUIRE(::chmod("web.yaml", 0) == 0);
  std::optional<AsNobody> nobody;
  nobody.emplace();
  Follower follower({"web.yaml"});
  CHECK(follower.errors() == Lines{"web.yaml: cannot be read: Permission denied"});
  nobody.reset();
  REQUIRE(::chmod("web.yaml", 0644) == 0);
  nobody.emplace();
  CHECK(follower.until({"web:80"}));
  CHECK(follower.errors().empty());
  nobody.reset();
  REQUIRE(::chmod("web.yaml", 0) == 0);
  replace("other.yaml", "");
  nobody.emplace();
  follower.source().reload();
  follower.take();
  CHECK(follower.services() == Lines{"web:80"});
  CHECK(follower.errors() == Lines{"web.yaml: cannot be read: Permission denied"});
}

TEST_CASE("a directory that must not be read is an error, and keeps what was in it") {
  const Workspace workspace;
  REQUIRE(::chmod(".", 0755) == 0);
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  std::optional<AsNobody> nobody;
  Follower follower({"d"});
  REQUIRE(::chmod("d", 0) == 0);
  nobody.emplace();
  CHECK(follower.until_errors({"d: cannot be read: Permission denied", "d: cannot be watched: Permission denied"}));
  CHECK_FALSE(follower.any_change());
  CHECK(follower.services() == Lines{"web:80"});
}

TEST_CASE("a directory in the place of a file, a FIFO among files, a file too large") {
  const Workspace workspace;
  fs::create_directory("d");
  REQUIRE(::mkfifo("d/pipe.yaml", 0600) == 0);
  { std::ofstream("d/large.yaml") << "a"; }
  fs::resize_file("d/large.yaml", (std::size_t{64} << 20) + 1);
  fs::create_directory("d/dir.yaml");
  Follower follower({"d"});
  CHECK(follower.errors() == Lines{"d/large.yaml: is larger than 64 MiB, the most that naru reads"});
}

TEST_CASE("a FIFO given by name is read once") {
  const Workspace workspace;
  REQUIRE(::mkfifo("pipe", 0600) == 0);
  std::thread writer([] { write("pipe", web(80)); });
  Follower follower({"pipe"});
  writer.join();
  CHECK(follower.services() == Lines{"web:80"});
  follower.source().reload();
  follower.take();
  CHECK(follower.services() == Lines{"web:80"});
}

TEST_CASE("reload looks at everything again") {
  const Workspace workspace;
  write("web.yaml", web(80));
  Follower follower({"web.yaml"});
  write("web.yaml", web(81));
  follower.source().reload();
  follower.take();
  CHECK(follower.services() == Lines{"web:81"});
}

TEST_CASE("more events than the kernel keeps lose no change") {
  std::ifstream limit_file("/proc/sys/fs/inotify/max_queued_events");
  int limit = 0;
  limit_file >> limit;
  if (limit <= 0 || limit > 100'000) return;
  const Workspace workspace;
  fs::create_directory("d");
  write("d/web.yaml", web(80));
  Follower follower({"d"});
  for (int i = 0; i < limit / 2 + 1000; ++i) {  // two names in turn: equal events after each other are kept once
    write("d/noise" + std::to_string(i % 2) + ".txt", "");
  }
  write("d/web.yaml", web(81));
  fs::remove("d/web.yaml");
  write("d/late.yaml", web(1, "late"));
  CHECK(follower.until({"late:1"}));
}

TEST_CASE("a change is read well within the promised time") {
  const Workspace workspace;
  fs::create_directory("d");
  for (int i = 0; i < 500; ++i) write("d/s" + std::to_string(i) + ".yaml", web(80, ("s" + std::to_string(i)).c_str()));
  Follower follower({"d"});
  std::vector<std::chrono::steady_clock::duration> times;
  for (int i = 0; i < 20; ++i) {
    replace("d/s7.yaml", web(1000 + i, "s7"));
    const auto begin = std::chrono::steady_clock::now();
    while (follower.last().upserted.size() != 1 ||
           std::get<0>(follower.last().upserted[0])->ports[0].port != Port(static_cast<std::uint16_t>(1000 + i))) {
      REQUIRE(follower.readable(5s));
      follower.take();
    }
    times.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::sort(times.begin(), times.end());
  CHECK(times[times.size() / 2] < 10ms);
}

TEST_CASE("what counts as a file of objects") {
  for (const char* yes : {"a.yaml", "a.yml", "a.json", "a.b.yaml", "-.yaml"}) CHECK(is_object_file(yes));
  for (const char* no :
       {"", ".yaml", ".a.yaml", "#a.yaml", "a.yaml~", "a.yaml.swp", "a.yaml.bak", "yaml", "a.txt", "a.YAML"}) {
    CAPTURE(no);
    CHECK_FALSE(is_object_file(no));
  }
}

}  // namespace
}  // namespace naru::config
