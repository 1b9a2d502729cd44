#include "http/h2_streams.h"

#include <algorithm>

namespace naru::http {

H2Stream& H2Streams::open(H2StreamId id) {
  if (spare_.empty()) spare_.push_back(&memory_.emplace_back());
  H2Stream* stream = spare_.back();
  spare_.pop_back();
  *stream = H2Stream{};
  stream->id = id;
  open_.insert(*stream);
  return *stream;
}

void H2Streams::close(H2Stream& stream, H2Closed how) {
  open_.erase(stream);
  if (how != H2Closed::complete) remember(stream.id, how);
  spare_.push_back(&stream);
}

void H2Streams::remember(H2StreamId id, H2Closed how) {
  if (past_.size() < kRemembered) return past_.push_back({id, how});
  past_[past_next_++ % kRemembered] = {id, how};
}

std::vector<H2StreamId> H2Streams::ids() const {
  std::vector<H2StreamId> ids = open_.ids();
  std::ranges::sort(ids);
  return ids;
}

std::optional<H2Closed> H2Streams::how_closed(H2StreamId id) const {
  const auto found = std::ranges::find(past_, id, &Past::id);
  return found == past_.end() ? std::nullopt : std::optional(found->how);
}

}  // namespace naru::http
