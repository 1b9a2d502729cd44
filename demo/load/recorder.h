// Every request's fate, a line of JSON each, and the sums.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "demo/load/exchange.h"

namespace naru::demo {

class Recorder {
 public:
  /// Throws std::system_error if the file cannot be written.
  explicit Recorder(const std::string& path);

  /// `due` is when the request should have been sent: what comes late because of others counts as late.
  void record(const Exchange& exchange, Outcome outcome, std::chrono::system_clock::time_point due,
              std::chrono::microseconds took);
  /// One line of JSON: how many were sent, and how late at most; their outcomes, and the quantiles of their times in
  /// milliseconds.
  [[nodiscard]] std::string summary(std::uint64_t sent, std::chrono::steady_clock::duration late) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  [[nodiscard]] double quantile(double share) const;

  std::unique_ptr<std::FILE, Close> file_;
  std::array<std::uint64_t, 9> outcomes_{};
  std::vector<double> times_;  // milliseconds
};

}  // namespace naru::demo
