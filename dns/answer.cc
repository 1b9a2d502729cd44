#include "dns/answer.h"

#include <algorithm>
#include <array>

#include "dns/reply_sections.h"

namespace naru::dns {
namespace {

class Responder {
 public:
  Responder(const Zone& zone, const AnswerOptions& options, const Query& query, std::span<std::uint8_t> out,
            std::size_t limit)
      : zone_(zone), options_(options), query_(query), reply_(zone, query, out, limit, options.rotation) {}

  Answer respond(std::span<const std::uint8_t> message, const RecordSet* records) {
    reply_.append_question(message);
    if (query_.edns.version != 0) return finish(Rcode::bad_vers);
    if (query_.rr_class != kClassIn) return finish(Rcode::refused);
    if (const auto refusal = refuse_type(query_.type); refusal != Rcode::no_error) return finish(refusal);
    const std::string_view name = query_.name.lower();
    const auto labels = query_.name.labels();
    return resolve({name, labels, kHeaderSize, zone_.place(name, labels, records)});
  }

  Answer respond_through(std::span<const std::uint8_t> message, const Name& target) {
    reply_.append_question(message);
    aa_ = true;
    const std::size_t record_at = reply_.size();
    if (!reply_.append_alias(target)) return finish(Rcode::no_error);
    ParsedName parsed;
    parsed.assign(target.wire());
    const Found found = zone_.lookup(parsed.lower(), parsed.labels());
    if (found.origin == nullptr) return leads_outside(target);
    return resolve({target.wire(), parsed.labels(), record_at + kRecordHead, found});
  }

 private:
  /// Zone transfers we give to nobody; meta types mean nothing in a query of this kind (RFC 6895 3.1).
  static Rcode refuse_type(Type type) {
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
    if (records == nullptr) return without_records(subject);
    if (records->alias() != nullptr && !wants_alias()) return follow(subject, *records);
    return at_name(subject, *records);
  }

  Answer without_records(const Subject& subject) {
    if (const auto ip = zone_.pod_address(subject.name, subject.labels)) return at_pod(subject, *ip);
    return negative(subject, Rcode::nx_domain);
  }

  [[gnu::noinline]] Answer at_pod(const Subject& subject, const IpAddress& ip) {
    const Name name = Name::from_wire(subject.name);
    return at_name(subject, RecordSetBuilder(name, zone_.ttl()).addresses(std::span(&ip, 1)).build());
  }

  [[nodiscard]] bool wants_alias() const { return query_.type == Type::cname || query_.type == Type::any; }

  Answer outside() {
    return options_.can_forward ? Answer{Action::forward, 0, {}, false, {}, nullptr} : finish(Rcode::refused);
  }

  Answer at_name(const Subject& subject, const RecordSet& records) {
    if (query_.type == Type::soa && subject.is_apex()) {
      reply_.append_soa_answer(subject);
      return finish(Rcode::no_error);
    }
    // ANY gets one set of those there are (RFC 8482 4.1): the whole truth is of use to amplifiers only.
    const bool any = query_.type == Type::any && !records.empty();
    const RrSet* set = any ? &records.sets().front() : records.find(query_.type);
    if (set == nullptr) return negative(subject, Rcode::no_error);
    reply_.append_answer(records, *set, subject.name_at);
    return finish(Rcode::no_error);
  }

  Answer negative(const Subject& subject, Rcode rcode) {
    reply_.append_soa_authority(subject);
    return finish(rcode);
  }

  // Kept apart: it allocates, and has a name of its own on the stack.
  [[gnu::noinline]] Answer follow(Subject subject, const RecordSet& first) {
    ParsedName parsed;
    const RecordSet* records = &first;
    for (int hop = 0; hop < kLongestAliasChain; ++hop) {
      const Name& target = *records->alias();
      const std::size_t record_at = reply_.size();
      const RrSet& alias = *records->find(Type::cname);
      if (!reply_.append_answer(*records, alias, subject.name_at)) return finish(Rcode::no_error);
      parsed.assign(target.wire());
      const Found found = zone_.lookup(parsed.lower(), parsed.labels());
      subject = {target.wire(), parsed.labels(), record_at + kRecordHead, found};
      if (subject.found.origin == nullptr) return leads_outside(target);
      records = subject.found.records;
      if (records == nullptr) return at_missing_target(subject);
      if (records->alias() == nullptr) return at_name(subject, *records);
    }
    return failed();
  }

  /// Never a negative answer that a client may keep, for a target that may come up in a moment.
  Answer at_missing_target(const Subject& subject) {
    if (const auto ip = zone_.pod_address(subject.name, subject.labels)) return at_pod(subject, *ip);
    return failed();
  }

  Answer leads_outside(const Name& target) {
    if (!options_.can_forward) return failed();
    reply_.write_head(flags(Rcode::no_error));
    return {Action::forward, reply_.size(), Rcode::no_error, false, {}, &target};
  }

  Answer failed() {
    reply_.clear();
    aa_ = false;
    return finish(Rcode::serv_fail);
  }

  [[nodiscard]] std::uint16_t flags(Rcode rcode) const {
    unsigned flags = kQr | (query_.flags & (kRd | kCd)) | (static_cast<unsigned>(rcode) & 15U);
    if (aa_) flags |= kAa;
    if (options_.can_forward) flags |= kRa;
    return static_cast<std::uint16_t>(flags);
  }

  Answer finish(Rcode rcode) {
    reply_.finish(rcode, flags(rcode));
    return {Action::reply, reply_.size(), rcode, reply_.truncated(), {}, nullptr};
  }

  const Zone& zone_;
  const AnswerOptions& options_;
  const Query& query_;
  ReplySections reply_;
  bool aa_{false};
};

/// A header and no more, for what could not be understood.
Answer refuse_whole(const Query& query, Rcode rcode, std::span<std::uint8_t> out) {
  const unsigned flags = kQr | (query.flags & (kOpcodeMask | kRd)) | static_cast<unsigned>(rcode);
  write_header(out.data(), query.id, static_cast<std::uint16_t>(flags), {});
  return {Action::reply, kHeaderSize, rcode, false, {}, nullptr};
}

/// No question, no answer, but the OPT record with the cookie.
Answer only_cookie(const Query& query, std::span<std::uint8_t> out) {
  ReplyBuffer reply(out, kMinUdpPayload);
  reply.append(std::array<std::uint8_t, kHeaderSize>{}.data(), kHeaderSize);
  append_opt(reply, Rcode::no_error, query.edns);
  write_header(reply.at(0), query.id, static_cast<std::uint16_t>(kQr | (query.flags & kRd)), {0, 0, 0, 1});
  return {Action::reply, reply.size(), Rcode::no_error, false, {}, nullptr};
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
    case QueryFault::cookie_only:
      return only_cookie(query, out);
  }
  const std::size_t limit = reply_limit(query, options.transport, options.max_udp_payload);
  return Responder(zone, options, query, out, std::min(limit, out.size())).respond(message, records);
}

Answer respond_through(const Name& target, std::span<const std::uint8_t> message, const Query& query, const Zone& zone,
                       const AnswerOptions& options, std::span<std::uint8_t> out) {
  const std::size_t limit = reply_limit(query, options.transport, options.max_udp_payload);
  return Responder(zone, options, query, out, std::min(limit, out.size())).respond_through(message, target);
}

Answer respond_limited(QueryFault fault, std::span<const std::uint8_t> message, const Query& query, bool ask_cookie,
                       std::span<std::uint8_t> out) {
  if (fault != QueryFault::none) return {Action::drop, 0, {}, false, DropReason::rate_limited, nullptr};
  const Rcode rcode = ask_cookie ? Rcode::bad_cookie : Rcode::no_error;
  ReplyBuffer reply(out, kMinUdpPayload);
  reply.append(message.data(), query.question_end);
  if (query.edns.present) append_opt(reply, rcode, query.edns);
  const unsigned flags =
      kQr | (query.flags & (kRd | kCd)) | (static_cast<unsigned>(rcode) & 15U) | (ask_cookie ? 0 : kTc);
  write_header(reply.at(0), query.id, static_cast<std::uint16_t>(flags),
               {1, 0, 0, static_cast<std::uint16_t>(query.edns.present ? 1 : 0)});
  return {Action::reply, reply.size(), rcode, !ask_cookie, {}, nullptr};
}

Answer answer(std::span<const std::uint8_t> message, const Zone& zone, const AnswerOptions& options, Query& query,
              std::span<std::uint8_t> out) {
  const QueryFault fault = parse_query(message, query);
  const RecordSet* records = fault == QueryFault::none ? zone.find(query.name.lower()) : nullptr;
  return respond(fault, message, query, zone, records, options, out);
}

}  // namespace naru::dns
