#include "dns/forward_message.h"

#include <algorithm>
#include <array>
#include <bit>

#include "dns/message_shape.h"
#include "dns/name_writer.h"

namespace naru::dns {
namespace {

std::string_view text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

constexpr std::size_t kTypeAndClass = 4;

/// Bit i says whether the i-th letter is upper case. The 65th begins anew.
void set_case(std::span<char> name, std::uint64_t bits) {
  for (char& byte : name) {
    const char lower = static_cast<char>(byte | 0x20);
    if (lower < 'a' || lower > 'z' || byte < 'A') continue;  // a label's length is below 'A'
    byte = (bits & 1) != 0 ? static_cast<char>(lower & ~0x20) : lower;
    bits = std::rotr(bits, 1);
  }
}

std::uint16_t client_flags(const ForwardedQuery& query, unsigned of_upstream, Rcode rcode, bool truncated) {
  unsigned flags = kQr | kRa | (query.flags & (kRd | kCd)) | (of_upstream & kAa) | static_cast<unsigned>(rcode);
  // RFC 6840 5.8: only for those who know what it means.
  if (query.edns.dnssec_ok || (query.flags & kAd) != 0) flags |= of_upstream & kAd;
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
std::size_t relay_plain(const ForwardedQuery& query, std::span<const std::uint8_t> message, const MessageShape& shape,
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
std::size_t relay_behind_aliases(const ForwardedQuery& query, std::span<const std::uint8_t> message,
                                 const MessageShape& shape, std::span<std::uint8_t> out, bool& truncated) {
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

void forwarded(const Query& query, const Answer& answered, std::span<const std::uint8_t> out, Transport transport,
               std::size_t max_udp_payload, ForwardedQuery& result) {
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
  result.head.clear();
  if (answered.target != nullptr) {
    result.asked = answered.target->wire();
    type_and_class(result.asked);
    result.head = text(out.first(answered.size));
  }
}

void upstream_question(const ForwardedQuery& query, UpstreamQuestion& result) {
  result.question = query.asked;
  result.flags = static_cast<std::uint16_t>(query.flags & (kRd | kCd));
  result.dnssec_ok = query.edns.dnssec_ok;
}

std::string upstream_query(const UpstreamQuestion& question, std::uint16_t id, std::uint64_t case_bits, WithEdns edns) {
  std::string message;
  append16(message, id);
  append16(message, question.flags | kAd);  // RFC 6840 5.7: whoever asks us may want to know
  for (const std::size_t count : {1U, 0U, 0U, edns == WithEdns::yes ? 1U : 0U}) append16(message, count);
  message += question.question;
  set_case(std::span(message).subspan(kHeaderSize, question.question.size() - kTypeAndClass), case_bits);
  if (edns == WithEdns::no) return message;
  std::array<std::uint8_t, kOptSize> opt{};
  ReplyBuffer buffer(opt, opt.size());
  Edns ours;
  ours.dnssec_ok = question.dnssec_ok;
  append_opt(buffer, Rcode::no_error, ours);
  message += text(buffer.bytes());
  return message;
}

bool knows_no_edns(std::span<const std::uint8_t> message) {
  if (message.size() < kHeaderSize || rcode_of(message) != Rcode::form_err) return false;
  if ((get16(message, 2) & (kQr | kOpcodeMask)) != kQr) return false;
  return message.size() == kHeaderSize || get16(message, 10) == 0;
}

UpstreamVerdict judge(std::span<const std::uint8_t> message, std::string_view sent) {
  const auto shape = shape_of(message);
  if (!shape || (get16(message, 2) & (kQr | kOpcodeMask)) != kQr) return UpstreamVerdict::malformed;
  const auto query = bytes_of(sent);
  const std::size_t size = shape->question_end - kHeaderSize;
  const std::size_t opt = query.size() - std::min(query.size(), shape->question_end);
  if (get16(message, 0) != get16(query, 0) || query.size() < shape->question_end || (opt != 0 && opt != kOptSize)) {
    return UpstreamVerdict::malformed;
  }
  const auto question = message.subspan(kHeaderSize, size);
  const auto asked = query.subspan(kHeaderSize, size);
  // TYPE and CLASS have no case, even where their bytes are letters.
  const bool ours = equal_ignoring_case(question, asked) &&
                    std::ranges::equal(question.last(kTypeAndClass), asked.last(kTypeAndClass));
  if (!ours) return UpstreamVerdict::malformed;
  if (!std::ranges::equal(question, asked)) return UpstreamVerdict::wrong_case;
  const Rcode rcode = rcode_of(message);
  const bool says = rcode == Rcode::no_error || rcode == Rcode::nx_domain;
  return says ? UpstreamVerdict::good : UpstreamVerdict::server_fail;
}

std::vector<std::uint8_t> tidied(std::span<const std::uint8_t> message, const UpstreamQuestion& question) {
  const auto shape = shape_of(message);
  if (!shape) return failure_answer(question, Rcode::serv_fail);
  std::vector<std::uint8_t> tidy(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(shape->end));
  std::ranges::copy(question.question, tidy.begin() + kHeaderSize);
  put16(tidy.data() + 10, shape->counts.additional);
  return tidy;
}

std::vector<std::uint8_t> failure_answer(const UpstreamQuestion& question, Rcode rcode) {
  std::vector<std::uint8_t> answer(kHeaderSize);
  const unsigned flags = kQr | kRa | question.flags | static_cast<unsigned>(rcode);
  write_header(answer.data(), 0, static_cast<std::uint16_t>(flags), {1, 0, 0, 0});
  answer.insert(answer.end(), question.question.begin(), question.question.end());
  return answer;
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
