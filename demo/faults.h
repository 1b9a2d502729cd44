// What goes wrong on purpose: how often, and for which request.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace naru::demo {

/// Shares are of requests, from 0 to 1. What is zero never happens.
struct FaultOptions {
  std::chrono::milliseconds delay{0};       // before every answer
  double abort{0};                          // answers cut by a reset, after a random number of their bytes
  double fail{0};                           // answered 503, or UNAVAILABLE
  double hang{0};                           // never answered
  double refuse{0};                         // HTTP/2: refused with REFUSED_STREAM, unprocessed
  std::chrono::milliseconds idle_close{0};  // closes a connection without requests after so long, unannounced
  unsigned close_every{0};                  // HTTP/1: closes, unannounced, after every n-th answer of the pod
  unsigned goaway_every{0};                 // HTTP/2: GOAWAY after every n-th request of a connection
  std::uint32_t seed{1};
};

enum class Mishap { none, fail, hang, abort };

/// Decides for each request. The same seed gives the same row of decisions.
class Faults {
 public:
  Faults() = default;
  explicit Faults(const FaultOptions& options) : options_(options), random_(options.seed) {}

  [[nodiscard]] const FaultOptions& options() const { return options_; }
  [[nodiscard]] Mishap draw();
  [[nodiscard]] bool refuses() { return happens(options_.refuse); }
  /// How many of an answer's bytes are sent before its reset: from none to all but one.
  [[nodiscard]] std::size_t cut(std::size_t size);
  /// Counts an answer; true for every n-th.
  [[nodiscard]] bool closes();

 private:
  [[nodiscard]] bool happens(double share);

  FaultOptions options_;
  std::minstd_rand random_{1};
  unsigned answers_{0};
};

}  // namespace naru::demo
