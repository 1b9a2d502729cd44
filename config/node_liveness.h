// How naru finds out whether the other nodes are there: the section `nodeLiveness` of NaruConfiguration.
#pragma once

#include <chrono>

namespace naru::config {

struct NodeLiveness {
  std::chrono::milliseconds transmit_interval{100};  // 10 ms..60 s
  std::chrono::milliseconds receive_interval{100};   // 10 ms..60 s
  int detect_multiplier{3};                          // 2..255
  std::chrono::milliseconds hold{1500};              // at most 1 min
  std::chrono::milliseconds settle{5000};            // at most 1 h

  friend bool operator==(const NodeLiveness&, const NodeLiveness&) = default;
};

}  // namespace naru::config
