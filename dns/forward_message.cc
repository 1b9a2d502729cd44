#include "dns/forward_message.h"

#include <algorithm>

#include "dns/name_writer.h"

namespace naru::dns {
namespace {

std::string_view text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Rcode rcode_of(std::span<const std::uint8_t> message) {
  return Rcode{static_cast<std::uint8_t>(message[3] & 15)};
}

/// Where the upstream's answer section begins, and where its OPT stands: what comes before is what the client gets.
struct Shape {
  std::size_t question_end{};
  std::size_t end{};  // of the records before the OPT
  Counts counts;      // without the OPT, and without what follows it
};

std::optional<Shape> shape_of(std::span<const std::uint8_t> message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  Shape shape;
  shape.counts = {get16(message, 4), get16(message, 6), get16(message, 8), 0};
  std::size_t at = kHeaderSize;
  if (shape.counts.question != 1 || !skip_name(message, at) || message.size() - at < 4) return std::nullopt;
  shape.question_end = shape.end = at += 4;
  for (unsigned left = shape.counts.answer + shape.counts.authority; left > 0; --left) {
    const auto record = read_record(message, at);
    if (!record || record->type == Type::opt) return std::nullopt;
  }
  shape.end = at;
  for (unsigned left = get16(message, 10); left > 0; --left) {
    const auto record = read_record(message, at);
    if (!record) return std::nullopt;
    if (record->type == Type::opt) break;
    shape.end = at;
    ++shape.counts.additional;
  }
  return shape;
}

std::uint16_t client_flags(const ForwardedQuery& query, unsigned of_upstream, Rcode rcode, bool truncated) {
  unsigned flags = kQr | kRa | (query.flags & (kRd | kCd)) | (of_upstream & (kAa | kAd)) | static_cast<unsigned>(rcode);
  if (truncated) flags |= kTc;
  return static_cast<std::uint16_t>(flags);
}

/// Header and OPT, when all else is written.
std::size_t finish(const ForwardedQuery& query, ReplyBuffer& reply, Counts counts, std::uint16_t flags) {
  if (query.edns.present) {
    reply.raise_limit(query.edns.reply_size());
    append_opt(reply, Rcode::no_error, query.edns);
    ++counts.additional;
  }
  write_header(reply.at(0), query.id, flags, counts);
  return reply.size();
}

ReplyBuffer start(const ForwardedQuery& query, std::span<std::uint8_t> out) {
  const std::size_t limit = std::min(query.limit, out.size()) - query.edns.reply_size();
  ReplyBuffer reply(out, limit);
  constexpr std::uint8_t kNoHeaderYet[kHeaderSize] = {};
  reply.append(kNoHeaderYet, kHeaderSize);
  reply.append(query.question);
  return reply;
}

/// No records but TC: the client asks again over TCP. Records cut off in the middle would be worth nothing to it.
std::size_t relay_plain(const ForwardedQuery& query, std::span<const std::uint8_t> message, const Shape& shape,
                        std::span<std::uint8_t> out, bool& truncated) {
  ReplyBuffer reply = start(query, out);
  Counts counts = shape.counts;
  const std::uint16_t upstream_flags = get16(message, 2);
  truncated = (upstream_flags & kTc) != 0;
  if (!reply.append(text(message.subspan(shape.question_end, shape.end - shape.question_end)))) {
    counts = {1, 0, 0, 0};
    truncated = true;
  }
  return finish(query, reply, counts, client_flags(query, upstream_flags, rcode_of(message), truncated));
}

/// Our CNAMEs first, then what the upstream says of their target: its records moved, so their names compressed anew.
std::size_t relay_behind_aliases(const ForwardedQuery& query, std::span<const std::uint8_t> message, const Shape& shape,
                                 std::span<std::uint8_t> out, bool& truncated) {
  ReplyBuffer reply(out, std::min(query.limit, out.size()) - query.edns.reply_size());
  reply.append(query.head);
  Counts counts{1, get16(bytes_of(query.head), 6), 0, 0};
  NameWriter names(reply);
  std::size_t at = shape.question_end;
  for (unsigned i = 0; i < shape.counts.answer + 0U + shape.counts.authority && !truncated; ++i) {
    const auto record = read_record(message, at);
    const auto moved = record ? names.append_record(message, *record) : NameWriter::Appended::bad;
    if (moved == NameWriter::Appended::bad) return relay_failure(query, out);
    truncated = moved == NameWriter::Appended::full;
    if (!truncated) ++(i < shape.counts.answer ? counts.answer : counts.authority);
  }
  return finish(query, reply, counts, client_flags(query, kAa, Rcode::no_error, truncated));
}

}  // namespace

ForwardedQuery forwarded(const Query& query, const Answer& answered, std::span<const std::uint8_t> out,
                         Transport transport, std::size_t max_udp_payload) {
  ForwardedQuery result;
  result.id = query.id;
  result.flags = query.flags;
  result.edns = query.edns;
  result.limit = reply_limit(query, transport, max_udp_payload);
  const auto type_and_class = [&](std::string& to) {
    append16(to, static_cast<std::size_t>(query.type));
    append16(to, query.rr_class);
  };
  result.question = text(query.name.written());
  type_and_class(result.question);
  result.asked = result.question;
  if (answered.target != nullptr) {
    result.asked = answered.target->wire();
    type_and_class(result.asked);
    result.head = text(out.first(answered.size));
  }
  return result;
}

std::string upstream_query(const ForwardedQuery& query, std::uint16_t id) {
  std::string message;
  append16(message, id);
  append16(message, query.flags & (kRd | kCd));
  for (const std::size_t count : {1U, 0U, 0U, 1U}) append16(message, count);
  message += query.asked;
  std::array<std::uint8_t, kOptSize> opt{};
  ReplyBuffer buffer(opt, opt.size());
  Edns ours;
  ours.dnssec_ok = query.edns.dnssec_ok;
  append_opt(buffer, Rcode::no_error, ours);
  message += text(buffer.bytes());
  return message;
}

UpstreamVerdict judge(std::span<const std::uint8_t> message, const ForwardedQuery& query, std::uint16_t id) {
  const auto shape = shape_of(message);
  const auto asked = bytes_of(query.asked);
  const bool ours = shape && get16(message, 0) == id && (get16(message, 2) & (kQr | kOpcodeMask)) == kQr &&
                    equal_ignoring_case(message.subspan(kHeaderSize, shape->question_end - kHeaderSize), asked);
  if (!ours) return UpstreamVerdict::malformed;
  switch (rcode_of(message)) {
    case Rcode::no_error:
    case Rcode::nx_domain:
      return UpstreamVerdict::good;
    default:
      return UpstreamVerdict::server_fail;
  }
}

std::size_t relay(const ForwardedQuery& query, std::span<const std::uint8_t> message, std::span<std::uint8_t> out,
                  Rcode& rcode, bool& truncated) {
  truncated = false;
  rcode = rcode_of(message);
  const auto shape = shape_of(message);
  if (shape && query.head.empty()) return relay_plain(query, message, *shape, out, truncated);
  // A CNAME of ours that leads to nothing: never a negative answer that a client may keep.
  std::size_t size = 0;
  if (shape && rcode == Rcode::no_error) size = relay_behind_aliases(query, message, *shape, out, truncated);
  if (size == 0) size = relay_failure(query, out);
  rcode = rcode_of(out.first(size));
  return size;
}

std::size_t relay_failure(const ForwardedQuery& query, std::span<std::uint8_t> out) {
  ReplyBuffer reply = start(query, out);
  return finish(query, reply, {1, 0, 0, 0}, client_flags(query, 0, Rcode::serv_fail, false));
}

}  // namespace naru::dns
