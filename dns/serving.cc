#include "dns/serving.h"

#include <memory>
#include <utility>

#include "dns/forward_message.h"

namespace naru::dns {

Serving::Serving(runtime::Reactor& reactor, const ForwardOptions& forward, std::uint64_t seed)
    : reactor_(reactor),
      random_(seed),
      can_forward_(!forward.upstreams.empty()),
      forwarder_(reactor, forward, metrics_, seed + 1),
      relay_buffer_(can_forward_ ? kMaxMessageSize : 0) {
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
  if (prepared.fault != QueryFault::none) return;
  prepared.hash = NameHash{}(prepared.query.name.lower());
  index_.prefetch(prepared.hash);
}

void Serving::find(Prepared& prepared) const {
  prepared.records = prepared.fault == QueryFault::none ? index_.candidate(prepared.hash) : nullptr;
  if (prepared.records != nullptr) __builtin_prefetch(prepared.records);
}

Answer Serving::serve(std::span<const std::uint8_t> message, Prepared& prepared, Transport transport, Family family,
                      std::span<std::uint8_t> out) {
  const AnswerOptions options{transport, kMaxUdpPayload, can_forward_, static_cast<std::uint32_t>(random_() >> 32)};
  const RecordSet* records = nullptr;
  if (prepared.records != nullptr) records = index_.find(prepared.hash, prepared.query.name.lower());
  const Answer answered = respond(prepared.fault, message, prepared.query, zone_, records, options, out);
  if (answered.action == Action::drop) {
    metrics_.drop(answered.drop);
    return answered;
  }
  metrics_.request(transport, family, prepared.query.type);
  metrics_.request_size.add(message.size());
  if (answered.action == Action::reply) count_reply(answered.rcode, answered.truncated, answered.size);
  return answered;
}

void Serving::count_reply(Rcode rcode, bool truncated, std::size_t size) {
  metrics_.response(rcode);
  metrics_.response_size.add(size);
  if (truncated) metrics_.truncated.add();
}

void Serving::forward(const Query& query, const Answer& answered, std::span<const std::uint8_t> out,
                      Transport transport, OnReply on_reply) {
  auto waiting = std::make_shared<const ForwardedQuery>(forwarded(query, answered, out, transport, kMaxUdpPayload));
  const auto& asked = *waiting;
  auto done = [this, waiting = std::move(waiting), on_reply = std::move(on_reply),
               began = reactor_.now()](std::span<const std::uint8_t> message) {
    Rcode rcode = Rcode::serv_fail;
    bool truncated = false;
    const std::size_t size = message.empty() ? relay_failure(*waiting, relay_buffer_)
                                             : relay(*waiting, message, relay_buffer_, rcode, truncated);
    count_reply(rcode, truncated, size);
    count_durations(reactor_.now() - began, 1);
    on_reply(std::span(relay_buffer_).first(size));
  };
  forwarder_.ask(asked, std::move(done));
}

}  // namespace naru::dns
