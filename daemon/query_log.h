// One line of JSON per DNS query, written by a thread of its own, so that a slow disk keeps nobody waiting.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "dns/query_log.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

class QueryLog {
 public:
  using Rings = std::vector<std::shared_ptr<dns::QueryLogRing>>;

  /// `sample`: every n-th query of a worker. "-" is standard output. Errors: permission, io.
  static Result<std::unique_ptr<QueryLog>> open(const std::string& path, std::uint64_t sample, unsigned workers);
  /// Writes what is there still.
  ~QueryLog();
  QueryLog(const QueryLog&) = delete;
  QueryLog& operator=(const QueryLog&) = delete;

  /// One for each worker.
  [[nodiscard]] const Rings& rings() const { return rings_; }
  /// After the file was renamed by a log rotation. If it cannot be opened anew, the old one stays in use.
  Result<void> reopen();

 private:
  QueryLog(std::string path, runtime::UniqueFd fd, Rings rings);
  void run();
  void write_what_is_there();

  std::string path_;
  std::mutex mutex_;  // of fd_ and stopping_
  std::condition_variable wake_;
  runtime::UniqueFd fd_;
  bool stopping_{};
  bool failed_{};  // the last write did; told once
  Rings rings_;
  std::thread writer_;
};

}  // namespace naru::daemon
