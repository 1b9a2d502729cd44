// What the server has done, kept where it survives the server: proofs of "exactly once" count these lines.
#pragma once

#include <string>
#include <string_view>

namespace naru::demo {

/// A file that several pods may append to at once: each line is one write.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  /// False, with errno set, if the file cannot be opened.
  [[nodiscard]] bool open(const std::string& path);
  /// "<unix milliseconds> <pod> <method> <target> <id>". Does nothing where no file is open.
  void record(std::string_view pod, std::string_view method, std::string_view target, std::string_view id) const;

 private:
  int fd_{-1};
};

}  // namespace naru::demo
