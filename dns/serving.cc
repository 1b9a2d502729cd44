#include "dns/serving.h"

#include <chrono>
#include <utility>

namespace naru::dns {

Serving::Serving(runtime::Reactor& reactor, const WorkerOptions& options, std::uint64_t seed)
    : reactor_(reactor),
      random_(seed),
      can_forward_(!options.forward.upstreams.empty() || !options.forward.stub_zones.empty()),
      use_cookies_(options.cookies),
      autopath_(options.autopath),
      rate_limiter_(options.rate_limiter),
      query_log_(options.query_log),
      forwarding_(reactor, options.forward, metrics_, seed + 1),
      relay_buffer_(can_forward_ ? kMaxMessageSize : 0) {
  cookies_.set_secrets(options.cookie_secrets);
  // The index is filled by differences, from a zone of nothing: an empty one has names of its own.
  Zone::for_each_name(zone_, [&](const RecordSet& records) { index_.insert(records); });
}

void Serving::apply(std::uint64_t generation, Zone zone) {
  if (generation < generation_) return;
  generation_ = generation;
  Zone::for_each_change(zone_, zone, [&](const RecordSet* before, const RecordSet* after) {
    if (before != nullptr) index_.erase(*before);
    if (after != nullptr) index_.insert(*after);
  });
  zone_ = std::move(zone);
}

void Serving::parse(std::span<const std::uint8_t> message, Prepared& prepared) const {
  prepared.fault = parse_query(message, prepared.query);
  prepared.walk.reset();
  if (prepared.fault != QueryFault::none) return;
  prepared.hash = NameHash{}(prepared.query.name.lower());
  index_.prefetch(prepared.hash);
}

void Serving::find(Prepared& prepared) const {
  prepared.records = prepared.fault == QueryFault::none ? index_.candidate(prepared.hash) : nullptr;
  if (prepared.records != nullptr) __builtin_prefetch(prepared.records);
}

Answer Serving::serve(std::span<const std::uint8_t> message, Prepared& prepared, const Client& client,
                      std::span<std::uint8_t> out) {
  const Answer answered = decide(message, prepared, client, out);
  if (query_log_ && answered.action != Action::forward && query_log_->wants_next()) {
    log(message, prepared.query, prepared.fault, client, answered, out);
  }
  if (answered.action == Action::drop) {
    metrics_.drop(answered.drop);
    return answered;
  }
  metrics_.request(client.transport, client.address.ip.family(), prepared.query.type);
  metrics_.request_size[static_cast<std::size_t>(client.transport)].add(message.size());
  if (prepared.query.edns.dnssec_ok) metrics_.dnssec_ok.add();
  if (answered.action == Action::reply) {
    count_reply(answered.rcode, answered.truncated, client.transport, answered.size);
  }
  return answered;
}

Answer Serving::decide(std::span<const std::uint8_t> message, Prepared& prepared, const Client& client,
                       std::span<std::uint8_t> out) {
  const CookieVerdict cookie = take_cookie(message, prepared, client);
  // Who has a good cookie is at the address that the query came from; and so is who speaks TCP.
  if (rate_limiter_ && client.transport == Transport::udp && cookie != CookieVerdict::valid) {
    const RateVerdict verdict = rate_limiter_->take(client.address.ip, reactor_.now());
    if (verdict == RateVerdict::drop) return {Action::drop, 0, {}, false, DropReason::rate_limited, nullptr};
    if (verdict == RateVerdict::slip) {
      metrics_.rate_slipped.add();
      return respond_limited(prepared.fault, message, prepared.query, cookie != CookieVerdict::none, out);
    }
  }
  const AnswerOptions options{client.transport, kMaxUdpPayload, can_forward_,
                              static_cast<std::uint32_t>(random_() >> 32)};
  const RecordSet* records = nullptr;
  if (prepared.records != nullptr) records = index_.find(prepared.hash, prepared.query.name.lower());
  const Answer answered = respond(prepared.fault, message, prepared.query, zone_, records, options, out);
  if (answered.action == Action::forward) return answer_known(prepared.query, answered, client.transport, out);
  if (!autopath_.enabled || answered.rcode != Rcode::nx_domain || answered.action != Action::reply) return answered;
  const Answer walked = walk_search_list(answered, message, prepared.query, client.address.ip, zone_, autopath_,
                                         options, out, prepared.walk);
  if (walked.rcode != Rcode::nx_domain && walked.action == Action::reply) metrics_.autopath.add();
  return walked;
}

CookieVerdict Serving::take_cookie(std::span<const std::uint8_t> message, Prepared& prepared, const Client& client) {
  Edns& edns = prepared.query.edns;
  if (edns.cookie_size == 0 || !use_cookies_) return CookieVerdict::none;
  const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
  const CookieVerdict verdict = cookies_.take(message, edns, client.address.ip, static_cast<CookieTime>(now));
  metrics_.cookie(verdict);
  return verdict;
}

void Serving::count_reply(Rcode rcode, bool truncated, Transport transport, std::size_t size) {
  metrics_.response(rcode);
  metrics_.response_size[static_cast<std::size_t>(transport)].add(size);
  if (truncated) metrics_.truncated.add();
}

void Serving::log(std::span<const std::uint8_t> message, const Query& query, QueryFault fault, const Client& client,
                  const Answer& answered, std::span<const std::uint8_t> out) {
  QueryRecord* record = query_log_->slot();
  if (record == nullptr) return metrics_.query_log_lost.add();
  const bool whole = fault == QueryFault::none;
  record->when = std::chrono::system_clock::now();
  record->client = client;
  record->type = query.type;
  record->rr_class = whole ? query.rr_class : std::uint16_t{0};
  record->id = query.id;
  record->answered = answered.action == Action::reply;
  record->flags = record->answered ? get16(out, 2) : query.flags;
  record->rcode = answered.rcode;
  record->forwarded = false;
  record->query_size = static_cast<std::uint32_t>(message.size());
  record->reply_size = static_cast<std::uint32_t>(answered.size);
  record->took = Clock::now() - reactor_.now();
  record->set_name(whole ? query.name.written() : std::span<const std::uint8_t>());
  query_log_->commit();
}

}  // namespace naru::dns
