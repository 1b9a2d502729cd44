#include "dns/message.h"

namespace naru::dns {
namespace {

constexpr std::uint16_t kCookieOption = 10;

/// A client's part alone, or with a server's of 8 to 32 bytes.
bool valid_cookie_size(std::size_t size) {
  return size == 8 || (size >= 16 && size <= 40);
}

/// The options of an OPT record must fill its RDATA exactly. Of several cookies the first counts (RFC 7873 5.2).
bool read_options(std::span<const std::uint8_t> message, const RecordView& record, Edns& edns) {
  std::size_t at = record.rdata_at;
  while (at + 4 <= record.end()) {
    const std::size_t size = get16(message, at + 2);
    if (get16(message, at) == kCookieOption && edns.cookie_size == 0) {
      if (!valid_cookie_size(size) || at + 4 + size > record.end()) return false;
      edns.cookie_at = static_cast<std::uint16_t>(at + 4);
      edns.cookie_size = static_cast<std::uint16_t>(size);
    }
    at += 4 + size;
  }
  return at == record.end();
}

/// False: this OPT is no good, or a second one.
bool read_opt(std::span<const std::uint8_t> message, const RecordView& record, Edns& edns) {
  const bool at_root = message[record.name_at] == 0;
  if (!at_root || edns.present || !read_options(message, record, edns)) return false;
  edns.present = true;
  edns.payload = record.rr_class;
  edns.version = static_cast<std::uint8_t>(record.ttl >> 16);
  edns.dnssec_ok = (record.ttl & 0x8000U) != 0;
  return true;
}

/// The records behind the question: an IXFR has an SOA in authority, and OPT is only ever in the additional section.
/// Whoever signs a query wants a signed answer, for which we have no key.
bool read_sections(std::span<const std::uint8_t> message, Query& query) {
  std::size_t at = query.question_end;
  for (unsigned left = get16(message, 6) + get16(message, 8); left > 0; --left) {
    const auto record = read_record(message, at);
    if (!record || record->type == Type::opt) return false;
  }
  for (unsigned left = get16(message, 10); left > 0; --left) {
    const auto record = read_record(message, at);
    if (!record) return false;
    if (record->type == Type::tsig) return false;
    if (record->type == Type::opt && !read_opt(message, *record, query.edns)) return false;
  }
  return true;
}

QueryFault parse_no_question(std::span<const std::uint8_t> message, Query& query) {
  query.question_end = kHeaderSize;
  const bool asks_cookie = read_sections(message, query) && query.edns.version == 0 && query.edns.cookie_size > 0;
  return asks_cookie ? QueryFault::cookie_only : QueryFault::malformed;
}

}  // namespace

QueryFault parse_query(std::span<const std::uint8_t> message, Query& query) {
  query.edns.clear();
  query.type = {};
  if (message.size() < kHeaderSize) return QueryFault::runt;
  query.id = get16(message, 0);
  query.flags = get16(message, 2);
  if ((query.flags & kQr) != 0) return QueryFault::response;
  if ((query.flags & kOpcodeMask) != 0) return QueryFault::other_opcode;
  if (get16(message, 4) == 0) return parse_no_question(message, query);
  if (get16(message, 4) != 1) return QueryFault::malformed;
  std::size_t at = kHeaderSize;
  if (!query.name.read_uncompressed(message, at) || message.size() - at < 4) return QueryFault::malformed;
  query.type = Type{get16(message, at)};
  query.rr_class = get16(message, at + 2);
  query.question_end = at + 4;
  return read_sections(message, query) ? QueryFault::none : QueryFault::malformed;
}

bool skip_name(std::span<const std::uint8_t> message, std::size_t& at) {
  while (at < message.size()) {
    const std::size_t length = message[at];
    if (length == 0) {
      ++at;
      return true;
    }
    if (length >= 0xc0) {
      at += 2;
      return at <= message.size();
    }
    if (length > kMaxLabelSize) return false;
    at += length + 1;
  }
  return false;
}

std::optional<RecordView> read_record(std::span<const std::uint8_t> message, std::size_t& at) {
  RecordView record;
  record.name_at = at;
  if (!skip_name(message, at) || message.size() - at < 10) return std::nullopt;
  record.type = Type{get16(message, at)};
  record.rr_class = get16(message, at + 2);
  record.ttl = static_cast<std::uint32_t>(get16(message, at + 4)) << 16 | get16(message, at + 6);
  record.rdata_size = get16(message, at + 8);
  record.rdata_at = at + 10;
  if (message.size() - record.rdata_at < record.rdata_size) return std::nullopt;
  at = record.end();
  return record;
}

void write_header(std::uint8_t* to, std::uint16_t id, std::uint16_t flags, const Counts& counts) {
  put16(to, id);
  put16(to + 2, flags);
  put16(to + 4, counts.question);
  put16(to + 6, counts.answer);
  put16(to + 8, counts.authority);
  put16(to + 10, counts.additional);
}

bool append_opt(ReplyBuffer& reply, Rcode rcode, const Edns& edns) {
  std::uint8_t opt[kOptSize + 4 + kCookieSize] = {};  // the root, TYPE, payload, extended RCODE, version 0, flags
  put16(opt + 1, static_cast<std::size_t>(Type::opt));
  put16(opt + 3, kMaxUdpPayload);
  opt[5] = static_cast<std::uint8_t>(static_cast<unsigned>(rcode) >> 4);
  opt[7] = edns.dnssec_ok ? 0x80 : 0;
  if (edns.reply_cookie) {
    put16(opt + kOptSize - 2, 4 + kCookieSize);
    put16(opt + kOptSize, kCookieOption);
    put16(opt + kOptSize + 2, kCookieSize);
    std::memcpy(opt + kOptSize + 4, edns.cookie.data(), kCookieSize);
  }
  return reply.append(opt, kOptSize + (edns.reply_cookie ? 4 + kCookieSize : 0));
}

}  // namespace naru::dns
