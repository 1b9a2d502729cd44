#include "demo/faults.h"

namespace naru::demo {

bool Faults::happens(double share) {
  return share > 0 && std::uniform_real_distribution<double>()(random_) < share;
}

Mishap Faults::draw() {
  if (happens(options_.abort)) return Mishap::abort;
  if (happens(options_.fail)) return Mishap::fail;
  if (happens(options_.hang)) return Mishap::hang;
  return Mishap::none;
}

std::size_t Faults::cut(std::size_t size) {
  return size == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, size - 1)(random_);
}

bool Faults::closes() {
  return options_.close_every != 0 && ++answers_ % options_.close_every == 0;
}

}  // namespace naru::demo
