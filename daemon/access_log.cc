#include "daemon/access_log.h"

#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "daemon/log_file.h"
#include "daemon/request_line.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

constexpr const char* kWhat = "the access log";

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path, std::uint64_t sample) {
  auto fd = open_log_file(path, kWhat);
  if (fd.has_error()) return fd.error();
  return std::unique_ptr<AccessLog>(new AccessLog(path, std::move(*fd), sample));
}

void AccessLog::record(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now) {
  if (sampler_.take()) append(access_line(record, now));
}

void AccessLog::record(const proxy::RequestRecord& record, const proxy::ServicePort& port,
                       const SocketAddress& address, std::chrono::system_clock::time_point now) {
  if (request_sampler_.take()) append(request_line(record, port, address, now));
}

void AccessLog::append(std::string line) {
  line += '\n';
  const std::lock_guard lock(mutex_);
  // One write per line: O_APPEND keeps it whole among other writers.
  if (::write(fd_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

Result<void> AccessLog::reopen() {
  auto fd = open_log_file(path_, kWhat);
  if (fd.has_error()) return fd.error();
  const std::lock_guard lock(mutex_);
  fd_ = std::move(*fd);
  return {};
}

std::string access_line(const proxy::ConnectionRecord& record, std::chrono::system_clock::time_point now) {
  boost::json::object line{{"time", rfc3339(now, 3)}};
  for (auto& member : to_json(record)) line.insert(member);
  line["outcome"] = to_string(record.outcome);
  return boost::json::serialize(line);
}

}  // namespace naru::daemon
