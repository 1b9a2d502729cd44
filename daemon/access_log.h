// One line of JSON per connection that has ended, and if wanted per request.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "proxy/worker_proxy.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

/// Every `every`-th call is true, the first among them; 0 is as 1. Any thread.
class Sampler {
 public:
  explicit Sampler(std::uint64_t every = 1) : every_(every == 0 ? 1 : every) {}
  [[nodiscard]] bool take() { return count_.fetch_add(1, std::memory_order_relaxed) % every_ == 0; }

 private:
  std::uint64_t every_;
  std::atomic<std::uint64_t> count_{0};
};

/// Writes every `sample`-th record. Any thread; lines are whole, also when several processes append to one file.
class AccessLog {
 public:
  /// "-" is standard output. Errors: permission, io.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& path, std::uint64_t sample);

  void record(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now);
  void record(const proxy::RequestRecord& record, const proxy::ServicePort& port, const SocketAddress& address,
              std::chrono::system_clock::time_point now);
  /// After the file was renamed by a log rotation. If it cannot be opened anew, the old one stays in use.
  Result<void> reopen();
  /// Lines lost to a full disk or a closed pipe.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  AccessLog(std::string path, runtime::UniqueFd fd, std::uint64_t sample)
      : path_(std::move(path)), fd_(std::move(fd)), sampler_(sample), request_sampler_(sample) {}

  void append(std::string line);

  std::string path_;
  std::mutex mutex_;  // of fd_
  runtime::UniqueFd fd_;
  Sampler sampler_;
  Sampler request_sampler_;
  std::atomic<std::uint64_t> lost_{0};
};

/// The line, without its end.
[[nodiscard]] std::string access_line(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now);

}  // namespace naru::daemon
