#include "dns/answer.h"

#include <algorithm>
#include <bitset>

namespace naru::dns {
namespace {

constexpr std::size_t kFarthestPointer = 0x3fff;  // a compression pointer has 14 bits

/// Places of SRV records in a reply, for their glue. More than this many targets get none.
constexpr std::size_t kMostGlue = 2048;

/// What is being answered now: the question, or a CNAME's target. The name stands uncompressed in the reply.
struct Subject {
  std::string_view name;
  std::size_t name_at{};
  Found found;

  /// The offset in the reply at which the apex of the zone stands: the end of the name.
  [[nodiscard]] std::size_t apex_at() const { return name_at + name.size() - found.apex_size; }
};

class Responder {
 public:
  Responder(const Zone& zone, const AnswerOptions& options, const Query& query, std::span<std::uint8_t> out,
            std::size_t limit)
      : zone_(zone), options_(options), query_(query), reply_(out, limit - (query.edns.present ? kOptSize : 0)) {}

  Answer respond(std::span<const std::uint8_t> message, const RecordSet* records) {
    reply_.append(message.data(), query_.question_end);  // the question as it came, its case too (0x20)
    counts_.question = 1;
    if (query_.edns.version != 0) return finish(Rcode::bad_vers);
    if (query_.rr_class != kClassIn) return finish(Rcode::refused);
    if (const auto refusal = refuse_type(query_.type); refusal != Rcode::no_error) return finish(refusal);
    const std::string_view name = query_.name.lower();
    return resolve({name, kHeaderSize, zone_.place(name, query_.name.labels(), records)});
  }

 private:
  /// Zone transfers we give to nobody; meta types mean nothing in a query of this kind (RFC 6895 3.1).
  static Rcode refuse_type(Type type) {
    if (type == Type{0}) return Rcode::form_err;
    switch (type) {
      case Type::axfr:
      case Type::ixfr:
        return Rcode::refused;
      case Type::tkey:
      case Type::tsig:
      case Type::mailb:
      case Type::maila:
        return Rcode::not_imp;
      case Type::opt:
        return Rcode::form_err;
      default:
        return Rcode::no_error;
    }
  }

  Answer resolve(const Subject& subject) {
    if (subject.found.origin == nullptr) return outside();
    if (!zone_.synced()) return finish(Rcode::serv_fail);
    aa_ = true;
    const RecordSet* records = subject.found.records;
    if (records == nullptr) return negative(subject, Rcode::nx_domain);
    if (records->alias() != nullptr && !wants_alias()) return follow(subject, *records);
    return at_name(subject, *records);
  }

  [[nodiscard]] bool wants_alias() const { return query_.type == Type::cname || query_.type == Type::any; }

  Answer outside() {
    return options_.can_forward ? Answer{Action::forward, 0, {}, false, {}, nullptr} : finish(Rcode::refused);
  }

  Answer at_name(const Subject& subject, const RecordSet& records) {
    if (query_.type == Type::soa && subject.name.size() == subject.found.apex_size) {
      if (append_soa(subject, subject.name_at)) ++counts_.answer;
      return finish(Rcode::no_error);
    }
    // ANY gets one set of those there are (RFC 8482 4.1): the whole truth is of use to amplifiers only.
    const bool any = query_.type == Type::any && !records.empty();
    const RrSet* set = any ? &records.sets().front() : records.find(query_.type);
    if (set == nullptr) return negative(subject, Rcode::no_error);
    append_set(records, *set, subject.name_at);
    return finish(Rcode::no_error);
  }

  Answer negative(const Subject& subject, Rcode rcode) {
    if (append_soa(subject, subject.apex_at())) ++counts_.authority;
    return finish(rcode);
  }

  // Kept apart: it allocates, and has a name of its own on the stack.
  [[gnu::noinline]] Answer follow(Subject subject, const RecordSet& first) {
    ParsedName parsed;
    const RecordSet* records = &first;
    for (int hop = 0; hop < kLongestAliasChain; ++hop) {
      const Name& target = *records->alias();
      const std::size_t record_at = reply_.size();
      if (!append_set(*records, *records->find(Type::cname), subject.name_at)) return finish(Rcode::no_error);
      parsed.assign(target.wire());
      subject = {target.wire(), record_at + kRecordHead, zone_.lookup(parsed.lower(), parsed.labels())};
      if (subject.found.origin == nullptr) return leads_outside(target);
      // Never a negative answer that a client may keep, for a target that may come up in a moment.
      records = subject.found.records;
      if (records == nullptr) return failed();
      if (records->alias() == nullptr) return at_name(subject, *records);
    }
    return failed();
  }

  Answer leads_outside(const Name& target) {
    if (!options_.can_forward) return failed();
    write_header(reply_.at(0), query_.id, flags(Rcode::no_error), counts_);
    return {Action::forward, reply_.size(), Rcode::no_error, false, {}, &target};
  }

  Answer failed() {
    reply_.cut(query_.question_end);
    counts_ = {1, 0, 0, 0};
    truncated_ = aa_ = false;
    return finish(Rcode::serv_fail);
  }

  /// The zone's SOA with its owner at `owner_at`.
  bool append_soa(const Subject& subject, std::size_t owner_at) {
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

  /// True if all of it fitted. The set is rotated, so that what is cut off is not always the same.
  bool append_set(const RecordSet& records, const RrSet& set, std::size_t owner_at) {
    const std::size_t from = reply_.size();
    const std::size_t first = set.count == 1 ? 0 : static_cast<std::uint64_t>(options_.rotation) * set.count >> 32;
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

  std::size_t append_even(const RecordSet& records, const RrSet& set, std::size_t first) {
    const std::string_view bytes = records.bytes(set);
    const std::size_t fitting = std::min<std::size_t>(set.count, reply_.room() / set.stride);
    const std::size_t head = std::min(fitting, set.count - first);
    reply_.append(bytes.substr(first * set.stride, head * set.stride));
    reply_.append(bytes.substr(0, (fitting - head) * set.stride));
    return fitting;
  }

  std::size_t append_uneven(const RecordSet& records, const RrSet& set, std::size_t first) {
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

  /// Records are kept with the question as their owner.
  void point_owners(std::size_t from, std::size_t count, std::size_t owner_at) {
    for (std::size_t at = from; count > 0; --count) {
      put16(reply_.at(at), 0xc000 | owner_at);
      at += kRecordHead + get16(reply_.bytes(), at + kRecordHead - 2);
    }
  }

  /// The addresses of the SRV records' targets, as far as they fit: nobody needs them (RFC 2181 9), so no TC.
  void append_glue(const RecordSet& records, const RrSet& set, std::size_t first, std::size_t from) {
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

  void append_server_addresses(std::size_t ns_record_at) {
    const RecordSet* server = zone_.find(zone_.server().wire());
    if (server == nullptr) return;
    for (const RrSet& set : server->sets()) append_whole(server->bytes(set), ns_record_at + kRecordHead);
  }

  /// All of `bytes`, records of the same size, or nothing.
  void append_whole(std::string_view bytes, std::size_t owner_at) {
    const std::size_t from = reply_.size();
    if (bytes.empty() || !reply_.append(bytes)) return;
    const std::size_t size = kRecordHead + get16(reply_.bytes(), from + kRecordHead - 2);
    const std::size_t count = bytes.size() / size;
    point_owners(from, count, owner_at);
    counts_.additional = static_cast<std::uint16_t>(counts_.additional + count);
  }

  [[nodiscard]] std::uint16_t flags(Rcode rcode) const {
    unsigned flags = kQr | (query_.flags & (kRd | kCd)) | (static_cast<unsigned>(rcode) & 15U);
    if (aa_) flags |= kAa;
    if (truncated_) flags |= kTc;
    if (options_.can_forward) flags |= kRa;
    return static_cast<std::uint16_t>(flags);
  }

  Answer finish(Rcode rcode) {
    if (query_.edns.present) {
      reply_.raise_limit(kOptSize);
      append_opt(reply_, rcode, query_.edns.dnssec_ok);
      ++counts_.additional;
    }
    write_header(reply_.at(0), query_.id, flags(rcode), counts_);
    return {Action::reply, reply_.size(), rcode, truncated_, {}, nullptr};
  }

  const Zone& zone_;
  const AnswerOptions& options_;
  const Query& query_;
  ReplyBuffer reply_;
  Counts counts_;
  bool aa_{false};
  bool truncated_{false};
};

/// A header and no more, for what could not be understood.
Answer refuse_whole(const Query& query, Rcode rcode, std::span<std::uint8_t> out) {
  const unsigned flags = kQr | (query.flags & (kOpcodeMask | kRd)) | static_cast<unsigned>(rcode);
  write_header(out.data(), query.id, static_cast<std::uint16_t>(flags), {});
  return {Action::reply, kHeaderSize, rcode, false, {}, nullptr};
}

}  // namespace

std::size_t reply_limit(const Query& query, Transport transport, std::size_t max_udp_payload) {
  if (transport == Transport::tcp) return kMaxMessageSize;
  const std::size_t asked = query.edns.present ? query.edns.payload : kMinUdpPayload;
  return std::clamp<std::size_t>(asked, kMinUdpPayload, std::max(kMinUdpPayload, max_udp_payload));
}

Answer respond(QueryFault fault, std::span<const std::uint8_t> message, const Query& query, const Zone& zone,
               const RecordSet* records, const AnswerOptions& options, std::span<std::uint8_t> out) {
  switch (fault) {
    case QueryFault::none:
      break;
    case QueryFault::runt:
      return {Action::drop, 0, {}, false, DropReason::runt, nullptr};
    case QueryFault::response:
      return {Action::drop, 0, {}, false, DropReason::response, nullptr};
    case QueryFault::other_opcode:
      return refuse_whole(query, Rcode::not_imp, out);
    case QueryFault::malformed:
      return refuse_whole(query, Rcode::form_err, out);
  }
  const std::size_t limit = reply_limit(query, options.transport, options.max_udp_payload);
  return Responder(zone, options, query, out, std::min(limit, out.size())).respond(message, records);
}

Answer answer(std::span<const std::uint8_t> message, const Zone& zone, const AnswerOptions& options, Query& query,
              std::span<std::uint8_t> out) {
  const QueryFault fault = parse_query(message, query);
  const RecordSet* records = fault == QueryFault::none ? zone.find(query.name.lower()) : nullptr;
  return respond(fault, message, query, zone, records, options, out);
}

}  // namespace naru::dns
