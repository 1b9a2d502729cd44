#include "http/h2_output.h"

#include <algorithm>

namespace naru::http {

void H2Output::make_room(std::size_t size) {
  const std::size_t used = this->size();
  if (used + size > capacity_ / 2) {  // else moving to the front makes room enough, and rarely
    const std::size_t capacity = std::max({kIdleCapacity, capacity_ * 2, used + size});
    std::unique_ptr<char[]> larger(new char[capacity]);  // not make_unique, which would zero it
    if (used != 0) std::memcpy(larger.get(), memory_.get() + begin_, used);
    memory_ = std::move(larger);
    capacity_ = capacity;
  } else if (used != 0) {
    std::memmove(memory_.get(), memory_.get() + begin_, used);
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace naru::http
