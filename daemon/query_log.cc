#include "daemon/query_log.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/log.h"
#include "daemon/log_file.h"

namespace naru::daemon {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(20);
constexpr const char* kWhat = "the query log";

/// False, with errno, if not all of it could be written.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<QueryLog>> QueryLog::open(const std::string& path, std::uint64_t sample, unsigned workers) {
  auto fd = open_log_file(path, kWhat);
  if (fd.has_error()) return fd.error();
  Rings rings;
  for (unsigned i = 0; i < workers; ++i) rings.push_back(std::make_shared<dns::QueryLogRing>(sample));
  return std::unique_ptr<QueryLog>(new QueryLog(path, std::move(*fd), std::move(rings)));
}

QueryLog::QueryLog(std::string path, runtime::UniqueFd fd, Rings rings)
    : path_(std::move(path)), fd_(std::move(fd)), rings_(std::move(rings)), writer_([this] { run(); }) {}

QueryLog::~QueryLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

void QueryLog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kInterval);
    write_what_is_there();
  }
}

// With the lock, which only reopen() wants beside us.
void QueryLog::write_what_is_there() {
  std::string lines;
  for (const auto& ring : rings_) {
    ring->take_all([&](const dns::QueryRecord& record) { lines += dns::query_line(record) + '\n'; });
  }
  if (lines.empty()) return;
  const bool good = write_all(fd_.get(), lines);
  if (!good && !failed_) log::error("cannot write {} {}: {}", kWhat, path_, std::strerror(errno));
  failed_ = !good;
}

Result<void> QueryLog::reopen() {
  auto fd = open_log_file(path_, kWhat);
  if (fd.has_error()) return fd.error();
  const std::lock_guard lock(mutex_);
  fd_ = std::move(*fd);
  return {};
}

}  // namespace naru::daemon
