#include "demo/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace naru::demo {

Ledger::~Ledger() {
  if (fd_ >= 0) ::close(fd_);
}

bool Ledger::open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  return fd_ >= 0;
}

void Ledger::record(std::string_view pod, Event event, std::string_view method, std::string_view target,
                    std::string_view id) const {
  if (fd_ < 0) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto line =
      fmt::format("{} {} {} {} {} {}\n", std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), pod,
                  event == Event::begin ? "begin" : "end", method, target, id.empty() ? "-" : id);
  // A ledger with a gap would prove the wrong thing, so a lost line is loud.
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::perror("naru-pod: ledger");
}

}  // namespace naru::demo
