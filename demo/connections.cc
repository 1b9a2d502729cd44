#include "demo/connections.h"

#include <utility>
#include <vector>

namespace naru::demo {

Connections::Member::~Member() {
  all_.members_.erase(this);
  if (all_.members_.empty() && all_.on_empty_) std::exchange(all_.on_empty_, nullptr)();
}

void Connections::drain(std::function<void()> on_empty) {
  draining_ = true;
  if (members_.empty()) return on_empty();
  on_empty_ = std::move(on_empty);
  each(&Member::drain);
}

void Connections::close_all() {
  each(&Member::close);
}

void Connections::each(void (Member::*action)()) {
  // Members may go meanwhile, so walk a copy.
  const std::vector<Member*> all(members_.begin(), members_.end());
  for (Member* member : all) {
    if (members_.contains(member)) (member->*action)();
  }
}

}  // namespace naru::demo
