// What was allocated to whom, kept over restarts and shared by the naru processes of one host.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "config/meta.h"

namespace naru::daemon {

namespace sqlite {
class Database;
}

enum class AllocationKind : std::uint8_t { cluster_ip, node_port, health_check_node_port, load_balancer_ip };
[[nodiscard]] std::string_view to_string(AllocationKind kind);  ///< "cluster_ip", as the database says it

/// One address or port that one Service has.
struct AllocationRow {
  AllocationKind kind{};
  std::string value;                 // "127.96.0.17" or "30080"
  std::optional<Protocol> protocol;  // of ports (TCP for a health check node port)
  config::ServiceName service;
  std::string port_key;     // node ports: which port of the Service, as the allocator names it; else empty
  std::string pool;         // load balancer addresses: the pool's name; else empty
  std::string sharing_key;  // load balancer addresses: Services with the same one, not empty, may have the same address

  friend auto operator<=>(const AllocationRow&, const AllocationRow&) = default;
};

/// A row, and which of the host's nodes use it.
struct StoredAllocation {
  AllocationRow row;
  bool mine{};  // this node is among them
  std::size_t holders{};
};

struct AllocationChanges {
  std::vector<AllocationRow> hold;     // new, or also held by another node already, or with another pool or port_key
  std::vector<AllocationRow> release;  // kind, value, protocol and service count. What is not held is passed over

  [[nodiscard]] bool empty() const { return hold.empty() && release.empty(); }
};

/// Rows of allocations in one SQLite file (WAL: a transaction that was committed survives kill -9). Each row is held by
/// one or more nodes and goes when the last of them releases it. The same address, or the same port and protocol, is
/// never given to two Services, whichever process asks first (load balancer addresses with equal sharing keys
/// excepted).
///
/// Thread: one at a time (the control thread). Calls may wait for another process's transaction, at most kBusyTimeout.
class AllocationStore {
 public:
  static constexpr std::chrono::milliseconds kBusyTimeout{2000};

  /// Opens state_dir/naru.db as `node`, creating directory and file where they are missing, upgrading an older schema.
  /// A corrupted file is set aside as naru.db.corrupt-<time>, an error is logged, and a new one begun.
  /// Errors (each with what to do): permission, exhausted (disk full), conflict (a newer naru's schema), io.
  static Result<AllocationStore> open(const std::filesystem::path& state_dir, std::string node);
  /// One that is forgotten with the process (--state-dir none).
  static AllocationStore in_memory(std::string node);

  AllocationStore(AllocationStore&&) noexcept;
  AllocationStore& operator=(AllocationStore&&) noexcept;
  ~AllocationStore();

  /// All rows, sorted.
  [[nodiscard]] Result<std::vector<StoredAllocation>> load();

  /// All of it or nothing; releases come first, so that a value may change hands within one commit.
  /// Errors: conflict (another Service has one of the values; the message says which), unavailable (another process
  /// held the database for too long), exhausted (disk full), io.
  Result<void> commit(const AllocationChanges& changes);

  /// True if another process has committed something since the last call of load() or of this. Costs no disk access.
  [[nodiscard]] bool changed_elsewhere();

 private:
  AllocationStore(std::unique_ptr<sqlite::Database> database, std::string where, std::string node);
  [[nodiscard]] std::int64_t data_version();

  std::unique_ptr<sqlite::Database> database_;
  std::string where_;  // for messages
  std::string node_;
  std::int64_t seen_version_{};
};

}  // namespace naru::daemon
