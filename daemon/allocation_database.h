// The allocation store's file: finding it, upgrading it, setting a broken one aside, and what its failures mean.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "daemon/sqlite.h"

namespace naru::daemon {

/// The schema that this naru writes.
inline constexpr std::int64_t kSchemaVersion = 1;

/// An SQLite failure as an Error that says what to do. `where` is the file's path.
[[nodiscard]] Error store_error(const std::string& where, const sqlite::Failure& failure);

/// state_dir/naru.db, ready for use: see AllocationStore::open.
Result<std::unique_ptr<sqlite::Database>> open_allocation_database(const std::filesystem::path& state_dir);

/// Brings an empty or older database to kSchemaVersion. Throws sqlite::Exception.
void migrate(sqlite::Database& database);

}  // namespace naru::daemon
