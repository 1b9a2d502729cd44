#include <utility>

#include "dns/forward_message.h"
#include "dns/serving.h"

// Queries on their way to upstreams.
namespace naru::dns {

/// A query that upstreams are asked for.
struct Serving::Waiting {
  ForwardedQuery query;
  std::shared_ptr<const AutopathWalk> walk;  // may be null
  std::size_t next_step{0};                  // of the walk
  Client client;
  TimePoint began;
  std::size_t query_size{};
  OnReply on_reply;
};

Answer Serving::answer_known(const Query& query, const Answer& answered, Transport transport,
                             std::span<std::uint8_t> out) {
  forwarded(query, answered, out, transport, kMaxUdpPayload, asked_);
  upstream_question(asked_, question_);
  const auto message = forwarding_.known(question_);
  if (message.empty()) return answered;
  Answer reply{Action::reply, 0, {}, false, {}, nullptr};
  reply.size = relay(asked_, message, out, reply.rcode, reply.truncated);
  return reply;
}

void Serving::forward(Prepared& prepared, const Answer& answered, std::span<const std::uint8_t> out,
                      const Client& client, OnReply on_reply) {
  auto waiting = std::make_shared<Waiting>();
  forwarded(prepared.query, answered, out, client.transport, kMaxUdpPayload, waiting->query);
  waiting->walk = std::move(prepared.walk);
  waiting->client = client;
  waiting->began = reactor_.now();
  waiting->query_size = prepared.query.question_end + prepared.query.edns.reply_size();
  waiting->on_reply = std::move(on_reply);
  ask_upstreams(std::move(waiting));
}

void Serving::look_up(std::span<const std::uint8_t> message, OnReply on_reply) {
  const Client nobody{Transport::tcp, {}};
  std::vector<std::uint8_t> out(kMaxMessageSize);
  Prepared prepared;
  parse(message, prepared);
  find(prepared);
  const Answer answered = serve(message, prepared, nobody, out);
  if (answered.action == Action::forward) return forward(prepared, answered, out, nobody, std::move(on_reply));
  on_reply(std::span(out).first(answered.action == Action::reply ? answered.size : 0));
}

void Serving::ask_upstreams(std::shared_ptr<Waiting> waiting) {
  ForwardedQuery& query = waiting->query;
  if (waiting->walk) {
    const AutopathStep& step = waiting->walk->steps[waiting->next_step++];
    query.head = step.head;
    // TYPE and CLASS are the question's.
    query.asked = step.target + query.question.substr(query.question.size() - 4);
  }
  auto done = [this, waiting](std::span<const std::uint8_t> message) { on_upstream_answer(waiting, message); };
  UpstreamQuestion question;
  upstream_question(query, question);
  // The question itself is not known: that was looked at first. Those of a walk may be.
  if (waiting->walk) return forwarding_.find_out(question, std::move(done));
  forwarding_.ask(question, std::move(done));
}

void Serving::on_upstream_answer(const std::shared_ptr<Waiting>& waiting, std::span<const std::uint8_t> message) {
  const AutopathWalk* walk = waiting->walk.get();
  const bool no_such_name = message.size() >= kHeaderSize && (message[3] & 15U) == unsigned(Rcode::nx_domain);
  if (walk != nullptr && no_such_name) {
    if (waiting->next_step < walk->steps.size()) return ask_upstreams(waiting);
    std::ranges::copy(walk->otherwise, relay_buffer_.begin());
    return reply_late(*waiting, walk->otherwise.size(), walk->otherwise_answer.rcode, walk->otherwise_answer.truncated);
  }
  Rcode rcode = Rcode::serv_fail;
  bool truncated = false;
  const std::size_t size = message.empty() ? relay_failure(waiting->query, relay_buffer_)
                                           : relay(waiting->query, message, relay_buffer_, rcode, truncated);
  if (walk != nullptr && rcode == Rcode::no_error) metrics_.autopath.add();
  reply_late(*waiting, size, rcode, truncated);
}

void Serving::reply_late(const Waiting& waiting, std::size_t size, Rcode rcode, bool truncated) {
  const std::span<const std::uint8_t> reply = std::span(relay_buffer_).first(size);
  count_reply(rcode, truncated, waiting.client.transport, size);
  count_durations(reactor_.now() - waiting.began, 1);
  if (query_log_ && query_log_->wants_next()) log_forwarded(waiting, reply, rcode);
  waiting.on_reply(reply);
}

void Serving::log_forwarded(const Waiting& waiting, std::span<const std::uint8_t> reply, Rcode rcode) {
  QueryRecord* record = query_log_->slot();
  if (record == nullptr) return metrics_.query_log_lost.add();
  const std::string& question = waiting.query.question;
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(question.data()), question.size());
  record->when = std::chrono::system_clock::now();
  record->client = waiting.client;
  record->type = Type{get16(bytes, bytes.size() - 4)};
  record->rr_class = get16(bytes, bytes.size() - 2);
  record->id = waiting.query.id;
  record->answered = record->forwarded = true;
  record->flags = get16(reply, 2);
  record->rcode = rcode;
  record->query_size = static_cast<std::uint32_t>(waiting.query_size);
  record->reply_size = static_cast<std::uint32_t>(reply.size());
  record->took = reactor_.now() - waiting.began;
  record->set_name(bytes.first(bytes.size() - 4));
  query_log_->commit();
}

}  // namespace naru::dns
