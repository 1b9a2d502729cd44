// The pod that is played, and what all its requests share.
#pragma once

#include <cstdint>
#include <string>

#include "demo/faults.h"
#include "demo/ledger.h"

namespace naru::demo {

struct Pod {
  std::string name;
  std::string version;
  std::uint64_t requests{0};
  bool ready{true};         // what its health checks say; it serves all the same
  bool closes_idle{false};  // on SIGTERM, as most servers do: connections without a request are closed at once
  Ledger ledger;
  Faults faults;
};

}  // namespace naru::demo
