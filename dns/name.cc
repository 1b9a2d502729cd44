#include "dns/name.h"

#include <fmt/format.h>

#include <cstring>

#include "base/hash.h"
#include "base/text.h"

namespace naru::dns {
namespace {

/// The upper-case ASCII letters among eight bytes made lower-case, all at once.
std::uint64_t lower_eight(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x80 * kEach;
  const std::uint64_t low_bits = bytes & ~kHigh;
  const std::uint64_t from_a = low_bits + (0x80 - 'A') * kEach;        // high bit set: at least 'A'
  const std::uint64_t beyond_z = low_bits + (0x80 - 'Z' - 1) * kEach;  // high bit set: above 'Z'
  const std::uint64_t upper = from_a & ~beyond_z & ~bytes & kHigh;
  return bytes | upper >> 2;
}

std::uint8_t lower_one(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte;
}

std::uint64_t load_eight(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

constexpr std::uint8_t kPointer = 0xc0;  // the two high bits of a compression pointer

}  // namespace

void lower_case(const std::uint8_t* from, std::size_t size, char* to) {
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from + i, sizeof bytes);
    bytes = lower_eight(bytes);
    std::memcpy(to + i, &bytes, sizeof bytes);
  }
  for (; i < size; ++i) to[i] = static_cast<char>(lower_one(from[i]));
}

bool equal_ignoring_case(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower_one(a[i]) != lower_one(b[i])) return false;
  }
  return true;
}

std::string presentation(std::string_view wire) {
  if (wire.size() <= 1) return ".";
  std::string text;
  for (std::size_t at = 0; wire[at] != '\0'; at += static_cast<std::size_t>(wire[at]) + 1) {
    for (const char c : wire.substr(at + 1, static_cast<std::size_t>(wire[at]))) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '.' || c == '\\') {
        text += {'\\', c};
      } else if (byte <= ' ' || byte > '~') {
        text += fmt::format("\\{:03}", byte);
      } else {
        text += c;
      }
    }
    text += '.';
  }
  return text;
}

std::optional<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name();
  if (text.ends_with('.')) text.remove_suffix(1);
  Name name;
  name.wire_.clear();
  for (const std::string_view label : split(text, '.')) {
    if (label.empty() || label.size() > kMaxLabelSize) return std::nullopt;
    name.wire_ += static_cast<char>(label.size());
    name.wire_ += to_lower(label);
  }
  name.wire_ += '\0';
  if (name.wire_.size() > kMaxNameSize) return std::nullopt;
  return name;
}

std::optional<Name> Name::below(std::string_view label, const Name& parent) {
  const bool fits =
      !label.empty() && label.size() <= kMaxLabelSize && parent.wire_.size() + label.size() < kMaxNameSize;
  if (!fits) return std::nullopt;
  Name name;
  name.wire_.assign(1, static_cast<char>(label.size()));
  name.wire_ += to_lower(label);
  name.wire_ += parent.wire_;
  return name;
}

Name Name::from_wire(std::string_view wire) {
  Name name;
  name.wire_ = wire;
  return name;
}

std::size_t Name::labels() const {
  std::size_t count = 0;
  for (std::size_t at = 0; wire_[at] != '\0'; at += static_cast<std::size_t>(wire_[at]) + 1) ++count;
  return count;
}

std::string_view Name::first_label() const {
  return std::string_view(wire_).substr(1, static_cast<std::size_t>(wire_[0]));
}

Name Name::parent() const {
  return from_wire(std::string_view(wire_).substr(static_cast<std::size_t>(wire_[0]) + 1));
}

bool Name::is_at_or_below(const Name& zone) const {
  const std::string_view wire(wire_);
  for (std::size_t at = 0;; at += static_cast<std::size_t>(wire[at]) + 1) {
    if (wire.size() - at <= zone.wire_.size()) return wire.substr(at) == zone.wire_;
  }
}

std::size_t NameHash::operator()(std::string_view wire) const {
  std::uint64_t hash = wire.size();
  while (wire.size() >= 8) {
    hash = (hash ^ load_eight(wire.data())) * 0x9fb21c651e98df25ULL;
    hash ^= hash >> 35;
    wire.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, wire.data(), wire.size());
  return mix(hash ^ rest);
}

ParsedName::Stop ParsedName::append_labels(std::span<const std::uint8_t> message, std::size_t& at) {
  for (;;) {
    if (at >= message.size()) return Stop::bad;
    const std::size_t length = message[at];
    if (length > kMaxLabelSize) return Stop::pointer;
    // The root's byte must still fit behind a label.
    if (size_ + length + (length == 0 ? 1U : 2U) > kMaxNameSize || at + length + 1 > message.size()) return Stop::bad;
    std::memcpy(written_.data() + size_, message.data() + at, length + 1);
    if (length != 0) labels_[label_count_++] = static_cast<std::uint8_t>(size_);
    size_ += length + 1;
    at += length + 1;
    if (length == 0) return Stop::root;
  }
}

bool ParsedName::read_uncompressed(std::span<const std::uint8_t> message, std::size_t& at) {
  size_ = label_count_ = 0;
  if (append_labels(message, at) != Stop::root) return false;
  lower_case(written_.data(), size_, lower_.data());
  return true;
}

bool ParsedName::read(std::span<const std::uint8_t> message, std::size_t& at) {
  size_ = label_count_ = 0;
  std::size_t from = at;
  std::size_t limit = at;
  bool jumped = false;
  for (;;) {
    const Stop stop = append_labels(message, from);
    if (stop == Stop::bad) return false;
    if (stop == Stop::root) break;
    if ((message[from] & kPointer) != kPointer || from + 1 >= message.size()) return false;
    const std::size_t target = (message[from] & 0x3fU) << 8 | message[from + 1];
    if (!jumped) at = from + 2;
    jumped = true;
    if (target >= limit) return false;
    limit = from = target;
  }
  if (!jumped) at = from;
  lower_case(written_.data(), size_, lower_.data());
  return true;
}

void ParsedName::assign(std::string_view wire) {
  std::size_t at = 0;
  static_cast<void>(read_uncompressed({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()}, at));
}

}  // namespace naru::dns
