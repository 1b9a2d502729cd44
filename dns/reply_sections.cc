#include "dns/reply_sections.h"

#include <algorithm>
#include <bitset>

namespace naru::dns {
namespace {

constexpr std::size_t kFarthestPointer = 0x3fff;  // a compression pointer has 14 bits
constexpr std::size_t kMostGlue = 2048;           // more SRV targets than that get no glue

}  // namespace

bool ReplySections::append_answer(const RecordSet& records, const RrSet& set, std::size_t owner_at) {
  const std::size_t from = reply_.size();
  const std::size_t first = set.count == 1 ? 0 : static_cast<std::uint64_t>(rotation_) * set.count >> 32;
  const std::size_t fitted = set.stride != 0 ? append_even(records, set, first) : append_uneven(records, set, first);
  if (owner_at != kHeaderSize) point_owners(from, fitted, owner_at);
  counts_.answer = static_cast<std::uint16_t>(counts_.answer + fitted);
  if (fitted < set.count) {
    truncated_ = true;
    return false;
  }
  if (set.type == Type::srv) append_glue(records, set, first, from);
  if (set.type == Type::ns) append_server_addresses(from);
  return true;
}

std::size_t ReplySections::append_even(const RecordSet& records, const RrSet& set, std::size_t first) {
  const std::string_view bytes = records.bytes(set);
  const std::size_t fitting = std::min<std::size_t>(set.count, reply_.room() / set.stride);
  const std::size_t head = std::min(fitting, set.count - first);
  reply_.append(bytes.substr(first * set.stride, head * set.stride));
  reply_.append(bytes.substr(0, (fitting - head) * set.stride));
  return fitting;
}

std::size_t ReplySections::append_uneven(const RecordSet& records, const RrSet& set, std::size_t first) {
  std::size_t fitted = 0;
  bool full = false;
  const auto append_from_to = [&](std::size_t begin, std::size_t end) {
    std::size_t index = 0;
    records.for_each(set, [&](std::string_view record) {
      const bool wanted = index >= begin && index < end;
      ++index;
      if (!wanted || full) return;
      full = !reply_.append(record);
      if (!full) ++fitted;
    });
  };
  append_from_to(first, set.count);
  append_from_to(0, first);
  return fitted;
}

bool ReplySections::append_alias(const Name& target) {
  const RecordSet records = RecordSetBuilder(target, zone_.ttl()).alias(target).build();
  return append_answer(records, records.sets().front(), kHeaderSize);
}

/// Records are kept with the question as their owner.
void ReplySections::point_owners(std::size_t from, std::size_t count, std::size_t owner_at) {
  for (std::size_t at = from; count > 0; --count) {
    put16(reply_.at(at), 0xc000 | owner_at);
    at += kRecordHead + get16(reply_.bytes(), at + kRecordHead - 2);
  }
}

/// The addresses of the SRV records' targets, as far as they fit: nobody needs them (RFC 2181 9), so no TC.
void ReplySections::append_glue(const RecordSet& records, const RrSet& set, std::size_t first, std::size_t from) {
  std::bitset<kMostGlue> done;
  std::size_t at = from;
  for (std::size_t i = 0; i < set.count; ++i) {
    const std::uint32_t index = records.glue_index()[(first + i) % set.count];
    const std::size_t target_at = at + kRecordHead + 6;  // behind priority, weight and port
    at += kRecordHead + get16(reply_.bytes(), at + kRecordHead - 2);
    if (target_at > kFarthestPointer) return;
    if (index >= kMostGlue || done.test(index)) continue;
    done.set(index);
    append_whole(records.glue()[index].a, target_at);
    append_whole(records.glue()[index].aaaa, target_at);
  }
}

void ReplySections::append_server_addresses(std::size_t ns_record_at) {
  const RecordSet* server = zone_.find(zone_.server().wire());
  if (server == nullptr) return;
  for (const RrSet& set : server->sets()) append_whole(server->bytes(set), ns_record_at + kRecordHead);
}

/// All of `bytes`, records of the same size, or nothing.
void ReplySections::append_whole(std::string_view bytes, std::size_t owner_at) {
  const std::size_t from = reply_.size();
  if (bytes.empty() || !reply_.append(bytes)) return;
  const std::size_t size = kRecordHead + get16(reply_.bytes(), from + kRecordHead - 2);
  const std::size_t count = bytes.size() / size;
  point_owners(from, count, owner_at);
  counts_.additional = static_cast<std::uint16_t>(counts_.additional + count);
}

/// The zone's SOA with its owner at `owner_at`.
bool ReplySections::append_soa(const Subject& subject, std::size_t owner_at) {
  const Soa& soa = subject.found.origin->soa;
  const std::size_t at = reply_.size() + 2;
  if (reply_.room() < soa.bytes.size() + 2) {
    truncated_ = true;
    return false;
  }
  reply_.append16(0xc000 | owner_at);
  reply_.append(soa.bytes);
  for (const std::uint16_t pointer : soa.apex_pointers) put16(reply_.at(at + pointer), 0xc000 | subject.apex_at());
  put32(reply_.at(at + soa.serial_at), zone_.serial());
  return true;
}

void ReplySections::finish(Rcode rcode, std::uint16_t flags) {
  if (query_.edns.present) {
    reply_.raise_limit(query_.edns.reply_size());
    append_opt(reply_, rcode, query_.edns);
    ++counts_.additional;
  }
  write_head(flags);
}

}  // namespace naru::dns
