// What the pod was asked and what it answered, for whoever counts lost and doubled requests afterwards.
#pragma once

#include <string>
#include <string_view>

namespace naru::demo {

/// A file that several pods may append to at once: each line is one write.
class Ledger {
 public:
  enum class Event { begin, end };

  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  /// False, with errno set, if the file cannot be opened.
  [[nodiscard]] bool open(const std::string& path);
  /// "<unix milliseconds> <pod> begin|end <method> <target> <id>": `begin` before anything is done for the request,
  /// `end` once its answer has gone to the kernel. Does nothing where no file is open.
  void record(std::string_view pod, Event event, std::string_view method, std::string_view target,
              std::string_view id) const;

 private:
  int fd_{-1};
};

}  // namespace naru::demo
