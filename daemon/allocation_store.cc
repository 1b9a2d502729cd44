#include "daemon/allocation_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/allocation_database.h"
#include "daemon/sqlite.h"

namespace naru::daemon {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"cluster_ip", "node_port", "health_check_node_port",
                                                    "load_balancer_ip"};

AllocationKind kind_named(std::string_view name) {
  const auto* const at = std::find(kKinds.begin(), kKinds.end(), name);
  return static_cast<AllocationKind>(at - kKinds.begin());  // the table's CHECK leaves no other name
}

std::string_view protocol_text(const AllocationRow& row) {
  return row.protocol ? to_string(*row.protocol) : "";
}

std::optional<Protocol> protocol_named(std::string_view name) {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp}) {
    if (to_string(protocol) == name) return protocol;
  }
  return std::nullopt;
}

/// The other kind that takes values out of the same range: both kinds of port do.
AllocationKind rival(AllocationKind kind) {
  if (kind == AllocationKind::node_port) return AllocationKind::health_check_node_port;
  if (kind == AllocationKind::health_check_node_port) return AllocationKind::node_port;
  return kind;
}

/// The statements of one commit, prepared once for all its rows.
class Commit {
 public:
  Commit(sqlite::Database& database, const std::string& node) : database_(database), node_(node) {}

  void release(const AllocationRow& row) {
    bind_identity(find_, row);
    if (find_.step()) {
      const std::int64_t id = find_.integer(0);
      drop_holder_.bind(id).bind(node_).run();
      drop_unheld_.bind(id).run();
    }
    find_.reset();
  }

  /// Who else has the value, if that is a conflict.
  std::optional<std::string> conflict(const AllocationRow& row) {
    rivals_.bind(to_string(row.kind)).bind(to_string(rival(row.kind))).bind(row.value).bind(protocol_text(row));
    rivals_.bind(to_string(row.kind)).bind(row.service.name_space).bind(row.service.name).bind(row.sharing_key);
    std::optional<std::string> owner;
    if (rivals_.step()) owner = rivals_.text(0) + "/" + rivals_.text(1);
    rivals_.reset();
    return owner;
  }

  void hold(const AllocationRow& row) {
    bind_identity(upsert_, row);
    upsert_.bind(row.port_key).bind(row.pool).bind(row.sharing_key);
    upsert_.step();
    const std::int64_t id = upsert_.integer(0);
    upsert_.run();
    add_holder_.bind(id).bind(node_).run();
  }

 private:
  static void bind_identity(sqlite::Statement& statement, const AllocationRow& row) {
    statement.bind(to_string(row.kind)).bind(row.value).bind(protocol_text(row));
    statement.bind(row.service.name_space).bind(row.service.name);
  }

  sqlite::Database& database_;
  const std::string& node_;
  sqlite::Statement find_{database_, R"sql(SELECT id FROM allocations
    WHERE kind = ? AND value = ? AND protocol = ? AND namespace = ? AND name = ?)sql"};
  sqlite::Statement drop_holder_{database_, "DELETE FROM holders WHERE allocation = ? AND node = ?"};
  sqlite::Statement drop_unheld_{database_, R"sql(DELETE FROM allocations
    WHERE id = ? AND NOT EXISTS (SELECT 1 FROM holders WHERE allocation = id))sql"};
  sqlite::Statement rivals_{database_, R"sql(SELECT namespace, name FROM allocations
    WHERE kind IN (?, ?) AND value = ? AND protocol = ? AND NOT (kind = ? AND namespace = ? AND name = ?)
    AND NOT (kind = 'load_balancer_ip' AND sharing_key <> '' AND sharing_key = ?))sql"};
  sqlite::Statement upsert_{database_, R"sql(INSERT INTO allocations
    (kind, value, protocol, namespace, name, port_key, pool, sharing_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, value, protocol, namespace, name)
    DO UPDATE SET port_key = excluded.port_key, pool = excluded.pool, sharing_key = excluded.sharing_key
    RETURNING id)sql"};
  sqlite::Statement add_holder_{database_, "INSERT OR IGNORE INTO holders (allocation, node) VALUES (?, ?)"};
};

AllocationRow row_at(const sqlite::Statement& s) {
  return {kind_named(s.text(0)),
          s.text(1),
          protocol_named(s.text(2)),
          {s.text(3), s.text(4)},
          s.text(5),
          s.text(6),
          s.text(7)};
}

Error taken(const AllocationRow& row, const std::string& owner) {
  return {Errc::conflict, fmt::format("{}{}{} for Service {} belongs to Service {}", row.value, row.protocol ? "/" : "",
                                      protocol_text(row), row.service.to_string(), owner)};
}

}  // namespace

std::string_view to_string(AllocationKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

AllocationStore::AllocationStore(std::unique_ptr<sqlite::Database> database, std::string where, std::string node)
    : database_(std::move(database)), where_(std::move(where)), node_(std::move(node)) {
  seen_version_ = data_version();
}
AllocationStore::AllocationStore(AllocationStore&&) noexcept = default;
AllocationStore& AllocationStore::operator=(AllocationStore&&) noexcept = default;
AllocationStore::~AllocationStore() = default;

Result<AllocationStore> AllocationStore::open(const std::filesystem::path& state_dir, std::string node) {
  auto database = open_allocation_database(state_dir);
  if (database.has_error()) return database.error();
  return AllocationStore(std::move(*database), (state_dir / "naru.db").string(), std::move(node));
}

AllocationStore AllocationStore::in_memory(std::string node) {
  auto database = std::make_unique<sqlite::Database>(":memory:");
  migrate(*database);
  return {std::move(database), "allocations in memory", std::move(node)};
}

Result<std::vector<StoredAllocation>> AllocationStore::load() try {
  // Read before the rows: a commit in between is then seen once too often, never too seldom.
  seen_version_ = data_version();
  sqlite::Statement rows(*database_, R"sql(SELECT kind, value, protocol, namespace, name, port_key, pool, sharing_key,
    (SELECT count(*) FROM holders WHERE allocation = id),
    EXISTS (SELECT 1 FROM holders WHERE allocation = id AND node = ?) FROM allocations)sql");
  rows.bind(node_);
  std::vector<StoredAllocation> all;
  while (rows.step()) all.push_back({row_at(rows), rows.integer(9) != 0, static_cast<std::size_t>(rows.integer(8))});
  std::ranges::sort(all, {}, &StoredAllocation::row);
  return all;
} catch (const sqlite::Exception& e) {
  return store_error(where_, e.failure());
}

Result<void> AllocationStore::commit(const AllocationChanges& changes) try {
  if (changes.empty()) return {};
  sqlite::Transaction transaction(*database_);
  Commit commit(*database_, node_);
  for (const AllocationRow& row : changes.release) commit.release(row);
  for (const AllocationRow& row : changes.hold) {
    if (auto owner = commit.conflict(row)) return taken(row, *owner);
    commit.hold(row);
  }
  transaction.commit();
  return {};
} catch (const sqlite::Exception& e) {
  return store_error(where_, e.failure());
}

bool AllocationStore::changed_elsewhere() {
  const std::int64_t now = data_version();
  return std::exchange(seen_version_, now) != now;
}

std::int64_t AllocationStore::data_version() try {
  return database_->integer("PRAGMA data_version");
} catch (const sqlite::Exception&) {
  return seen_version_;  // what is wrong will be told by the next load or commit
}

}  // namespace naru::daemon
