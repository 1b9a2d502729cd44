// Where log lines and access records go.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "proxy/worker_proxy.h"

namespace spdlog {
class logger;
}

namespace naru::daemon {

/// Sends naru::log to standard error, a line each: `2026-01-01T00:00:00.000Z INFO message`. Before threads start.
void set_up_logging(log::Level threshold);

/// `text` with control characters written as escapes: what comes from outside must not begin a line of its own.
[[nodiscard]] std::string one_line(std::string_view text);

/// Every `every`-th connection, without a lock.
class Sampler {
 public:
  explicit Sampler(std::uint64_t every = 1) : every_(every == 0 ? 1 : every) {}
  [[nodiscard]] bool take() { return count_.fetch_add(1, std::memory_order_relaxed) % every_ == 0; }

 private:
  std::uint64_t every_;
  std::atomic<std::uint64_t> count_{0};
};

/// One line of JSON per ended connection, or per every N-th of them. Any thread.
class AccessLog {
 public:
  /// "-" is standard output. Errors: the file cannot be opened.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& path, std::uint64_t sample);
  ~AccessLog();

  void record(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now);
  /// After the file was renamed by a log rotation.
  void reopen();

 private:
  AccessLog(std::string path, std::uint64_t sample);
  std::string path_;
  Sampler sampler_;
  std::shared_ptr<spdlog::logger> logger_;
};

/// The line, without its end.
[[nodiscard]] std::string access_line(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now);

}  // namespace naru::daemon
