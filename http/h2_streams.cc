#include "http/h2_streams.h"

#include <algorithm>
#include <utility>

namespace naru::http {

H2Stream& H2Streams::open(H2StreamId id) {
  if (2 * (count_ + 1) > slots_.size()) grow();
  if (spare_.empty()) spare_.push_back(&memory_.emplace_back());
  H2Stream* stream = spare_.back();
  spare_.pop_back();
  *stream = H2Stream{};
  stream->id = id;
  insert(stream);
  ++count_;
  return *stream;
}

void H2Streams::close(H2Stream& stream, H2Closed how) {
  std::size_t at = home(stream.id);
  while (slots_[at] != &stream) at = next(at);
  erase(at);
  --count_;
  if (how != H2Closed::complete) remember(stream.id, how);
  spare_.push_back(&stream);
}

void H2Streams::remember(H2StreamId id, H2Closed how) {
  if (past_.size() < kRemembered) return past_.push_back({id, how});
  past_[past_next_++ % kRemembered] = {id, how};
}

void H2Streams::insert(H2Stream* stream) {
  std::size_t at = home(stream->id);
  while (slots_[at] != nullptr) at = next(at);
  slots_[at] = stream;
}

/// Moves those after it up, so that find() may stop at the first empty slot.
void H2Streams::erase(std::size_t at) {
  slots_[at] = nullptr;
  for (at = next(at); slots_[at] != nullptr; at = next(at)) insert(std::exchange(slots_[at], nullptr));
}

void H2Streams::grow() {
  std::vector<H2Stream*> old(slots_.size() * 2);
  old.swap(slots_);
  for (H2Stream* stream : old) {
    if (stream != nullptr) insert(stream);
  }
}

std::vector<H2StreamId> H2Streams::ids() const {
  std::vector<H2StreamId> ids;
  for (const H2Stream* stream : slots_) {
    if (stream != nullptr) ids.push_back(stream->id);
  }
  std::ranges::sort(ids);
  return ids;
}

std::optional<H2Closed> H2Streams::how_closed(H2StreamId id) const {
  const auto found = std::ranges::find(past_, id, &Past::id);
  return found == past_.end() ? std::nullopt : std::optional(found->how);
}

}  // namespace naru::http
