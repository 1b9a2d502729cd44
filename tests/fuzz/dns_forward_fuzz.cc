// Whatever an upstream says: it is believed or not, kept or not, and given on, now and later, without a byte read or
// written out of place; what is kept says no more than it said at first, and never for longer.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dns/address_answer.h"
#include "dns/cache.h"
#include "dns/cache_policy.h"
#include "dns/forward_message.h"
#include "dns/message_shape.h"
#include "dns/zone.h"
#include "tests/unit/dns/wire_text.h"

namespace naru::dns {
namespace {

using Bytes = std::vector<std::uint8_t>;

void check(bool truth) {
  if (!truth) std::abort();
}

Zone make_zone() {
  Zone zone(ZoneOptions{});
  ServiceRecords alias;
  alias.service = {"shop", "out"};
  alias.external_name = "www.example.com";
  zone.set_service(alias);
  zone.set_synced(true);
  return zone;
}

/// A client's query that upstreams are to be asked for.
ForwardedQuery client_query(const char* name, Transport transport, bool edns) {
  const Zone zone = make_zone();
  test::Ask ask;
  ask.name = name;
  ask.flags = kRd;
  if (edns) ask.edns = 1232;
  AnswerOptions options;
  options.can_forward = true;
  options.transport = transport;
  Bytes out(kMaxMessageSize);
  Query query;
  const Answer answered = answer(test::make_query(ask), zone, options, query, out);
  check(answered.action == Action::forward);
  ForwardedQuery asked;
  forwarded(query, answered, out, transport, kMaxUdpPayload, asked);
  return asked;
}

/// Plain and behind an alias, with and without EDNS, over UDP and TCP.
std::vector<ForwardedQuery> all_clients() {
  std::vector<ForwardedQuery> clients;
  for (const bool edns : {false, true}) {
    for (const char* name : {"www.example.com", "out.shop.svc.cluster.local"}) {
      for (const Transport transport : {Transport::udp, Transport::tcp}) {
        clients.push_back(client_query(name, transport, edns));
      }
    }
  }
  return clients;
}

void check_relay(const ForwardedQuery& client, const Bytes& message) {
  static Bytes reply(kMaxMessageSize);
  Rcode rcode{};
  bool truncated = false;
  const std::size_t size = relay(client, message, reply, rcode, truncated);
  check(size >= kHeaderSize && size <= client.limit);
  const std::span<const std::uint8_t> bytes = std::span(reply).first(size);
  check(get16(bytes, 0) == client.id && rcode_of(bytes) == rcode);
  // Plain relays hand on RDATA as it is; records behind an alias are made anew.
  if (client.head.empty()) {
    check(shape_of(bytes).has_value());
  } else {
    check(test::read_reply(bytes).valid);
  }
}

/// What the cache makes of it, at every age.
void check_kept(const UpstreamQuestion& question, const Bytes& message, const ForwardedQuery& client) {
  const CacheOptions options;
  const auto lifetime = lifetime_of(message, options);
  if (!lifetime) return;
  check(lifetime->ttl > 0 && lifetime->ttl <= (lifetime->kind == CacheKind::denial ? 1800U : 3600U));
  Cache cache(1 << 16, 1);
  CacheEntry entry;
  cache_key(question, entry.key);
  const std::string key = entry.key;
  entry.message = message;
  entry.kind = lifetime->kind;
  entry.ttl = lifetime->ttl;
  cache.put(std::move(entry));
  const CacheEntry* kept = cache.find(key);
  if (kept == nullptr) return;  // larger than the whole cache
  for (const std::uint32_t age : {0U, 1U, lifetime->ttl - 1, lifetime->ttl, lifetime->ttl + 3599}) {
    const TimePoint now = TimePoint{} + std::chrono::seconds(age);
    if (freshness(*kept, now, options) == Freshness::expired) continue;
    Bytes later = kept->message;
    count_down(*kept, now, later);
    check(later.size() == message.size());
    for (std::size_t at = shape_of(later)->question_end; at < later.size();) {
      const auto record = read_record(later, at);
      check(record.has_value());
      check(record->ttl <= (age < kept->ttl ? kept->ttl - age : 30));
    }
    check_relay(client, later);
  }
}

void check_addresses(const Bytes& message) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const AddressAnswer answer = read_addresses(message, family);
    check((answer.kind == AddressAnswer::Kind::found) == !answer.addresses.empty());
    for (const IpAddress& address : answer.addresses) check(address.family() == family);
    check(answer.ttl >= Duration::zero());
  }
}

void run(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::uint8_t how = input[0];
  static const std::vector<ForwardedQuery> clients = all_clients();
  const ForwardedQuery& client = clients[how % clients.size()];
  UpstreamQuestion question;
  upstream_question(client, question);
  Bytes message(input.begin() + 1, input.end());
  // Half of the time its header and question are made to fit, so that what comes behind is looked at.
  const auto edns = (how & 16) != 0 ? WithEdns::no : WithEdns::yes;
  const std::string sent = upstream_query(question, message.size() >= 2 ? get16(message, 0) : 0, how, edns);
  if (knows_no_edns(message)) check(message.size() >= kHeaderSize && rcode_of(message) == Rcode::form_err);
  if ((how & 8) != 0 && message.size() >= kHeaderSize) {
    message[2] = static_cast<std::uint8_t>((message[2] | 0x80) & 0x87);
    message[4] = 0;
    message[5] = 1;
    message.insert(message.begin() + kHeaderSize, sent.begin() + kHeaderSize,
                   sent.end() - (edns == WithEdns::yes ? kOptSize : 0));
  }
  const UpstreamVerdict verdict = judge(message, sent);
  if (verdict == UpstreamVerdict::malformed) return;
  const Bytes tidy = tidied(message, question);
  check(tidy.size() <= message.size());
  check(shape_of(tidy).has_value() && !shape_of(tidy)->has_opt);
  check_relay(client, tidy);
  check_kept(question, tidy, client);
  check_addresses(tidy);
}

}  // namespace
}  // namespace naru::dns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::dns::run({data, size});
  return 0;
}
