// SQLite with owners instead of handles: just what the allocation store needs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace naru::daemon::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* db) const noexcept;
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

/// A failed call: SQLite's primary result code (SQLITE_FULL, SQLITE_BUSY, ...) and its words.
struct Failure {
  int code{};
  std::string message;
};

/// Thrown by Database and Statement, and caught at the edge of the store: a transaction is a dozen calls of which each
/// may fail for the same few reasons.
class Exception {
 public:
  explicit Exception(Failure failure) : failure_(std::move(failure)) {}
  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  Failure failure_;
};

/// One connection. Not to be used by two threads at once.
class Database {
 public:
  /// Opens or creates; ":memory:" for one that nothing else sees.
  explicit Database(const std::string& path);

  /// Runs statements that give no rows.
  void execute(const std::string& sql);
  /// The first column of the first row; 0 if there is no row.
  [[nodiscard]] std::int64_t integer(const std::string& sql);
  [[nodiscard]] std::string text(const std::string& sql);

  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  Handle handle_;
};

/// A prepared statement: bind in order, step through the rows, reset.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  /// True while there is a row.
  bool step();
  /// For statements without rows: runs it and makes it ready to be bound again.
  void run();
  void reset();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_{1};
};

/// BEGIN IMMEDIATE, so that what is read inside is still true when it is written; rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_{true};
};

}  // namespace naru::daemon::sqlite
