#include "daemon/allocation_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/log.h"
#include "daemon/allocation_store.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {
namespace {

namespace fs = std::filesystem;

// What brings a database from version i to i + 1. Never change one that was released: add the next.
//
// The indexes are the last word on who has what, whatever a process believes: a cluster IP is one Service's, a port is
// one Service's per protocol whatever its use, a load balancer address is one Service's unless it is shared.
constexpr std::array<const char*, kSchemaVersion> kMigrations = {R"sql(
  CREATE TABLE allocations (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('cluster_ip', 'node_port', 'health_check_node_port', 'load_balancer_ip')),
    value TEXT NOT NULL,
    protocol TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    port_key TEXT NOT NULL,
    pool TEXT NOT NULL,
    sharing_key TEXT NOT NULL,
    UNIQUE (kind, value, protocol, namespace, name)
  ) STRICT;
  CREATE UNIQUE INDEX cluster_ip_once ON allocations (value) WHERE kind = 'cluster_ip';
  CREATE UNIQUE INDEX port_once ON allocations (value, protocol)
    WHERE kind IN ('node_port', 'health_check_node_port');
  CREATE UNIQUE INDEX load_balancer_ip_once ON allocations (value)
    WHERE kind = 'load_balancer_ip' AND sharing_key = '';
  CREATE TABLE holders (
    allocation INTEGER NOT NULL REFERENCES allocations (id),
    node TEXT NOT NULL,
    PRIMARY KEY (allocation, node)
  ) STRICT, WITHOUT ROWID;
)sql"};

constexpr const char* kElsewhere = "give another directory with --state-dir (\"none\" keeps nothing)";

/// A failed system call on the directory.
Error directory_error(const std::string& what, int error_number) {
  if (error_number == ENOSPC) return store_error(what, {SQLITE_FULL, std::strerror(ENOSPC)});
  return {Errc::permission, fmt::format("{}: {}: {}", what, std::strerror(error_number), kElsewhere)};
}

bool disk_full(const std::string& where) {
  std::error_code ignored;
  const fs::space_info space = fs::space(fs::path(where).parent_path(), ignored);
  return !ignored && space.available < 128 * 1024;
}

/// Held while a process opens, checks and upgrades the file, so that of several that start together one finds the
/// fault.
Result<runtime::UniqueFd> lock_directory(const fs::path& state_dir) {
  const fs::path path = state_dir / "naru.db.lock";
  runtime::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return directory_error("cannot write to the state directory " + state_dir.string(), errno);
  while (::flock(fd.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return fd;
}

Result<void> make_directory(const fs::path& state_dir) {
  std::error_code failed;
  fs::create_directories(state_dir, failed);
  if (failed) return directory_error("cannot create the state directory " + state_dir.string(), failed.value());
  return {};
}

std::unique_ptr<sqlite::Database> open_checked(const std::string& path) {
  auto database = std::make_unique<sqlite::Database>(path);
  database->execute(fmt::format("PRAGMA busy_timeout = {}", AllocationStore::kBusyTimeout.count()));
  database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const std::string verdict = database->text("PRAGMA quick_check(1)");
  if (verdict != "ok") throw sqlite::Exception({SQLITE_CORRUPT, verdict});
  migrate(*database);
  return database;
}

bool is_corruption(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

fs::path free_name_beside(const fs::path& path) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y%m%dT%H%M%SZ", &utc);
  fs::path name = fmt::format("{}.corrupt-{}", path.string(), stamp.data());
  for (int i = 2; fs::exists(name); ++i) name = fmt::format("{}.corrupt-{}-{}", path.string(), stamp.data(), i);
  return name;
}

/// With its journal, without which nothing could be recovered from it.
void set_aside(const fs::path& path, const std::string& reason) {
  const fs::path aside = free_name_beside(path);
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) fs::rename(path.string() + suffix, aside.string() + suffix, ignored);
  log::error(
      "{} is corrupted ({}): set aside as {}; allocations begin anew, and Services may get other addresses and ports",
      path.string(), reason, aside.string());
}

}  // namespace

Error store_error(const std::string& where, const sqlite::Failure& failure) {
  auto error = [&](Errc code, std::string_view advice) {
    return Error{code, fmt::format("{}: {}{}{}", where, failure.message, advice.empty() ? "" : ": ", advice)};
  };
  // SQLite reports some full disks as plain I/O errors: of the shared-memory file, for one.
  const bool full = failure.code == SQLITE_FULL || (failure.code == SQLITE_IOERR && disk_full(where));
  if (full) return error(Errc::exhausted, fmt::format("free some space there, or {}", kElsewhere));
  switch (failure.code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(Errc::unavailable, "another process holds it for too long");
    case SQLITE_CONSTRAINT:
      return error(Errc::conflict, "");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return error(Errc::permission, fmt::format("make it writable for this user, or {}", kElsewhere));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return error(Errc::io, "start naru again: it sets the file aside and begins a new one");
    default:
      return error(Errc::io, "");
  }
}

void migrate(sqlite::Database& database) {
  sqlite::Transaction transaction(database);
  const std::int64_t from = database.integer("PRAGMA user_version");
  for (std::int64_t version = from; version < kSchemaVersion; ++version) {
    database.execute(kMigrations.at(static_cast<std::size_t>(version)));
    database.execute(fmt::format("PRAGMA user_version = {}", version + 1));
  }
  transaction.commit();
}

Result<std::unique_ptr<sqlite::Database>> open_allocation_database(const fs::path& state_dir) {
  if (auto made = make_directory(state_dir); made.has_error()) return made.error();
  auto lock = lock_directory(state_dir);
  if (lock.has_error()) return lock.error();
  const fs::path path = state_dir / "naru.db";
  for (bool again : {true, false}) {
    try {
      auto database = open_checked(path.string());
      const std::int64_t schema = database->integer("PRAGMA user_version");
      if (schema <= kSchemaVersion) return database;
      return Error{Errc::conflict, fmt::format("{} was written by a newer naru (schema {}, this one knows {}): upgrade "
                                               "naru, move the file away, or {}",
                                               path.string(), schema, kSchemaVersion, kElsewhere)};
    } catch (const sqlite::Exception& e) {
      if (!again || !is_corruption(e.failure().code)) return store_error(path.string(), e.failure());
      set_aside(path, e.failure().message);
    }
  }
  return Error{Errc::io, path.string() + ": cannot be opened"};
}

}  // namespace naru::daemon
