#include "demo/load/outcome.h"

#include <array>

namespace naru::demo {

std::string_view to_string(Outcome outcome) {
  static constexpr std::array<std::string_view, 9> kNames{"ok",        "status",  "connect", "reset",  "eof",
                                                          "truncated", "timeout", "wrong",   "refused"};
  return kNames[static_cast<std::size_t>(outcome)];
}

}  // namespace naru::demo
