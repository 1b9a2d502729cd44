#include "http/fields.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace naru::http {
namespace {

constexpr std::array<std::string_view, 29> kNames = {
    "",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "grpc-message",
    "grpc-status",
    "grpc-timeout",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-naru-reason",
    "x-request-id",
};
static_assert(kNames.size() == static_cast<std::size_t>(FieldName::x_request_id) + 1);

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Eight bytes with their capital letters lowered: a sum's high bit tells of each byte whether it is at least 'A', and
/// whether it is past 'Z'.
constexpr std::uint64_t lower_all(std::uint64_t word) {
  constexpr std::uint64_t kEach = 0x0101010101010101U;
  const std::uint64_t low = word & (kEach * 0x7f);
  const std::uint64_t from_a = low + kEach * (0x80 - 'A');
  const std::uint64_t past_z = low + kEach * (0x7f - 'Z');
  const std::uint64_t capital = ~word & (from_a ^ past_z) & (kEach * 0x80);
  return word | capital >> 2;
}

template <class Word>
Word load(const char* at) {
  Word word{};
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The first and the last four of at least four bytes.
std::uint64_t load_ends(std::string_view text) {
  constexpr std::size_t kHalf = sizeof(std::uint32_t);
  const std::uint64_t last = load<std::uint32_t>(text.data() + text.size() - kHalf);
  return load<std::uint32_t>(text.data()) | last << 32;
}

/// Different for every name of kNames, whatever its case (others than letters may fall together: it is only a hash).
constexpr std::size_t kSlots = 128;
constexpr std::size_t slot_of(std::string_view name) {
  const auto lowered = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[at]) | 0x20);
  };
  return (name.size() + 2 * lowered(0) + lowered(name.size() - 2)) % kSlots;
}

/// Indices into kNames; 0 where there is none.
constexpr std::array<std::uint8_t, kSlots> by_slot() {
  std::array<std::uint8_t, kSlots> table{};
  for (std::size_t i = 1; i < kNames.size(); ++i) table[slot_of(kNames[i])] = static_cast<std::uint8_t>(i);
  return table;
}
constexpr std::array<std::uint8_t, kSlots> kBySlot = by_slot();
static_assert(std::ranges::count(kBySlot, 0) == kSlots - (kNames.size() - 1), "two names share a slot");

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (a.size() < kWord / 2) {
    return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
  }
  if (a.size() < kWord) return lower_all(load_ends(a)) == lower_all(load_ends(b));
  const auto same = [&](std::size_t at) {
    return lower_all(load<std::uint64_t>(a.data() + at)) == lower_all(load<std::uint64_t>(b.data() + at));
  };
  for (std::size_t at = 0; at + kWord <= a.size(); at += kWord) {
    if (!same(at)) return false;
  }
  return same(a.size() - kWord);
}

FieldName field_name(std::string_view name) {
  if (name.size() < 2) return FieldName::other;
  const std::uint8_t index = kBySlot[slot_of(name)];
  return index != 0 && equal_ignoring_case(name, kNames[index]) ? static_cast<FieldName>(index) : FieldName::other;
}

std::string_view to_string(FieldName name) {
  return kNames[static_cast<std::size_t>(name)];
}

bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

void FieldBlock::clear() {
  bytes_.clear();
  fields_.clear();
}

Slice FieldBlock::keep(std::string_view bytes) {
  const Slice slice{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(bytes.size())};
  bytes_.append(bytes);
  return slice;
}

void FieldBlock::add(std::string_view name, std::string_view value, bool sensitive) {
  const FieldName id = field_name(name);
  const Slice name_slice = keep(name);
  fields_.push_back({name_slice, keep(value), id, sensitive});
}

void FieldBlock::add(FieldName name, std::string_view value) {
  const Slice name_slice = keep(to_string(name));
  fields_.push_back({name_slice, keep(value), name, false});
}

void FieldBlock::set(FieldName name, std::string_view value) {
  remove(name);
  add(name, value);
}

void FieldBlock::remove(FieldName name) {
  std::erase_if(fields_, [name](const Field& field) { return field.id == name; });
}

const Field* FieldBlock::find(FieldName name) const {
  const auto found = std::ranges::find(fields_, name, &Field::id);
  return found == fields_.end() ? nullptr : &*found;
}

std::string_view FieldBlock::value_or_empty(FieldName name) const {
  const Field* field = find(name);
  return field == nullptr ? std::string_view{} : value_of(*field);
}

std::string_view FieldBlock::find_other(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(name_of(field), name)) return value_of(field);
  }
  return {};
}

}  // namespace naru::http
