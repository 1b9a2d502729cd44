#include "base/log.h"

namespace naru::log {
namespace {

// Written once before threads start, read after: no lock.
Sink& sink() {
  static Sink instance;
  return instance;
}
Level g_threshold = Level::info;

}  // namespace

void set_sink(Sink new_sink, Level threshold) {
  sink() = std::move(new_sink);
  g_threshold = threshold;
}

bool enabled(Level level) {
  return level >= g_threshold && sink();
}

void write(Level level, std::string_view line) {
  sink()(level, line);
}

}  // namespace naru::log
