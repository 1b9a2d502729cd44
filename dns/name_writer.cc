#include "dns/name_writer.h"

namespace naru::dns {
namespace {

constexpr std::size_t kFarthestPointer = 0x3fff;

/// How the RDATA of the types whose names may be compressed is made (RFC 3597 4): bytes, names, bytes.
struct Layout {
  std::size_t before{};
  unsigned names{};
  bool compress{true};
};

std::optional<Layout> layout_of(Type type) {
  switch (type) {
    case Type::ns:
    case Type::cname:
    case Type::ptr:
      return Layout{0, 1};
    case Type::dname:
      return Layout{0, 1, false};
    case Type::mx:
      return Layout{2, 1};
    case Type::srv:
      return Layout{6, 1, false};
    case Type::soa:
      return Layout{0, 2};
    default:
      return std::nullopt;
  }
}

/// MD, MF, MB, MG, MR, MINFO, RP, AFSDB, RT, SIG, PX, NXT, NAPTR, KX, A6: the rest of that list.
bool is_old(Type type) {
  switch (static_cast<unsigned>(type)) {
    case 3:
    case 4:
    case 7:
    case 8:
    case 9:
    case 14:
    case 17:
    case 18:
    case 21:
    case 24:
    case 26:
    case 30:
    case 35:
    case 36:
    case 38:
      return true;
    default:
      return false;
  }
}

}  // namespace

NameWriter::Appended NameWriter::append_record(std::span<const std::uint8_t> message, const RecordView& record) {
  const std::size_t from = reply_.size();
  const std::size_t places = place_count_;
  std::size_t at = record.name_at;
  Appended result = append_name(message, at, true);
  if (result == Appended::yes) result = append_plain(message, at, 8);  // TYPE, CLASS, TTL
  const std::size_t size_at = reply_.size();
  if (result == Appended::yes) result = reply_.append16(0) ? append_rdata(message, record) : Appended::full;
  if (result == Appended::yes) {
    put16(reply_.at(size_at), reply_.size() - size_at - 2);
  } else {
    reply_.cut(from);
    place_count_ = places;
  }
  return result;
}

NameWriter::Appended NameWriter::append_rdata(std::span<const std::uint8_t> message, const RecordView& record) {
  if (is_old(record.type)) return Appended::bad;
  const std::size_t end = record.end();
  std::size_t at = record.rdata_at;
  if (const auto layout = layout_of(record.type)) {
    // Names may point anywhere before, but must themselves end within the RDATA.
    const auto upto_end = message.first(end);
    if (record.rdata_size < layout->before) return Appended::bad;
    if (const auto result = append_plain(message, at, layout->before); result != Appended::yes) return result;
    for (unsigned i = 0; i < layout->names; ++i) {
      if (const auto result = append_name(upto_end, at, layout->compress); result != Appended::yes) return result;
    }
  }
  return append_plain(message, at, end - at);
}

NameWriter::Appended NameWriter::append_plain(std::span<const std::uint8_t> message, std::size_t& at,
                                              std::size_t size) {
  if (!reply_.append(message.data() + at, size)) return Appended::full;
  at += size;
  return Appended::yes;
}

NameWriter::Appended NameWriter::append_name(std::span<const std::uint8_t> message, std::size_t& at, bool compress) {
  if (!name_.read(message, at)) return Appended::bad;
  const auto written = name_.written();
  for (const std::uint8_t label : name_.labels()) {
    const std::string_view suffix = name_.lower().substr(label);
    if (const std::size_t place = compress ? find(suffix) : 0; place != 0) {
      return reply_.append16(0xc000 | place) ? Appended::yes : Appended::full;
    }
    if (place_count_ < kRemembered && reply_.size() <= kFarthestPointer) {
      places_[place_count_++] = {reply_.size(), NameHash{}(suffix)};
    }
    if (!reply_.append(written.data() + label, written[label] + 1U)) return Appended::full;
  }
  return reply_.append("", 1) ? Appended::yes : Appended::full;
}

std::size_t NameWriter::find(std::string_view suffix) const {
  const std::size_t hash = NameHash{}(suffix);
  for (std::size_t i = 0; i < place_count_; ++i) {
    if (places_[i].hash != hash) continue;
    ParsedName there;
    std::size_t at = places_[i].at;
    if (there.read(reply_.bytes(), at) && there.lower() == suffix) return places_[i].at;
  }
  return 0;
}

}  // namespace naru::dns
