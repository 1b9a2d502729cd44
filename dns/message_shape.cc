#include "dns/message_shape.h"

namespace naru::dns {

std::optional<MessageShape> shape_of(std::span<const std::uint8_t> message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  MessageShape shape;
  shape.counts = {get16(message, 4), get16(message, 6), get16(message, 8), 0};
  std::size_t at = kHeaderSize;
  if (shape.counts.question != 1 || !skip_name(message, at) || message.size() - at < 4) return std::nullopt;
  shape.question_end = shape.end = at += 4;
  for (unsigned left = shape.counts.answer + 0U + shape.counts.authority; left > 0; --left) {
    const auto record = read_record(message, at);
    if (!record || record->type == Type::opt) return std::nullopt;
  }
  shape.end = at;
  for (unsigned left = get16(message, 10); left > 0 && !shape.has_opt; --left) {
    const auto record = read_record(message, at);
    if (!record) return std::nullopt;
    shape.has_opt = record->type == Type::opt;
    if (shape.has_opt) break;
    shape.end = at;
    ++shape.counts.additional;
  }
  return shape;
}

}  // namespace naru::dns
