// Whatever arrives: the parsers stay within it, every reply parses and keeps to its limit, and what an upstream says is
// relayed or refused but never spoils the client's reply.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dns/answer.h"
#include "dns/autopath.h"
#include "dns/cookie.h"
#include "dns/forward_message.h"
#include "dns/zone.h"
#include "tests/unit/dns/wire_text.h"

namespace naru::dns {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

IpAddress v4(std::uint32_t value) {
  return IpAddress::v4(value);
}

Zone make_zone() {
  ZoneOptions options;
  options.service_cidrs = {*Cidr::parse("10.96.0.0/12"), *Cidr::parse("fd00::/108")};
  options.addresses = {v4(0x0a60000a)};
  options.pods = PodNames::insecure;
  Zone zone(options);
  zone.set_pod("shop", "client", {v4(0x0a010001)});
  const std::vector<PortRecord> ports{{"http", Protocol::tcp, Port(80)}};
  ServiceRecords web;
  web.service = {"shop", "web"};
  web.cluster_ips = {v4(0x0a600001)};
  web.ports = ports;
  zone.set_service(web);
  ServiceRecords many;
  many.service = {"shop", "db"};
  many.headless = true;
  for (std::uint32_t i = 0; i < 100; ++i) many.endpoints.push_back({v4(0x0a010000 + i), "", true, ports});
  zone.set_service(many);
  for (const auto& [name, target] : {std::pair{"in", "web.shop.svc.cluster.local"}, {"out", "www.example.com"}}) {
    ServiceRecords alias;
    alias.service = {"shop", name};
    alias.external_name = target;
    zone.set_service(alias);
  }
  zone.set_synced(true);
  return zone;
}

void check_reply(std::span<const std::uint8_t> reply, std::size_t limit) {
  check(reply.size() <= limit);
  check(test::read_reply(reply).valid);
}

/// The query is fixed, the upstream's message is the fuzzer's: its id and question are made to fit half of the time.
void check_relay(const Query& query, const Answer& answered, std::span<const std::uint8_t> out, Transport transport,
                 std::span<const std::uint8_t> input) {
  ForwardedQuery asked;
  forwarded(query, answered, out, transport, kMaxUdpPayload, asked);
  std::vector<std::uint8_t> upstream(input.begin(), input.end());
  if (upstream.size() >= kHeaderSize && (upstream[0] & 1) != 0) {
    upstream[2] = static_cast<std::uint8_t>((upstream[2] | 0x80) & 0x87);
    upstream[5] = 1;
    upstream[4] = 0;
    upstream.insert(upstream.begin() + kHeaderSize, asked.asked.begin(), asked.asked.end());
  }
  const std::uint16_t id = upstream.size() >= 2 ? get16(upstream, 0) : std::uint16_t{0};
  UpstreamQuestion question;
  upstream_question(asked, question);
  if (judge(upstream, upstream_query(question, id, 0)) == UpstreamVerdict::malformed) return;
  std::vector<std::uint8_t> reply(kMaxMessageSize);
  Rcode rcode{};
  bool truncated = false;
  const std::size_t size = relay(asked, upstream, reply, rcode, truncated);
  check(size >= kHeaderSize && size <= asked.limit);
  // Plain relays hand on the upstream's records as they are; those behind an alias are made anew.
  if (!asked.head.empty()) check_reply(std::span(reply).first(size), asked.limit);
}

/// The way of a query through a worker: its cookie, its limit, its search list.
void check_guarded(const Zone& zone, AnswerOptions options, std::span<const std::uint8_t> input, bool limited) {
  static CookieMaker cookies;
  std::vector<std::uint8_t> out(kMaxMessageSize);
  Query query;
  const QueryFault fault = parse_query(input, query);
  const IpAddress client = v4(0x0a010001);
  const CookieVerdict cookie = cookies.take(input, query.edns, client, 1700000000);
  const std::size_t limit = fault == QueryFault::none || fault == QueryFault::cookie_only
                                ? reply_limit(query, options.transport, kMaxUdpPayload)
                                : kHeaderSize;
  const RecordSet* records = fault == QueryFault::none ? zone.find(query.name.lower()) : nullptr;
  Answer answered = respond(fault, input, query, zone, records, options, out);
  if (limited) answered = respond_limited(fault, input, query, cookie != CookieVerdict::none, out);
  std::shared_ptr<const AutopathWalk> walk;
  if (answered.action == Action::reply && answered.rcode == Rcode::nx_domain) {
    static const AutopathOptions autopath{true, {*Name::parse("corp.example")}};
    answered = walk_search_list(answered, input, query, client, zone, autopath, options, out, walk);
  }
  if (answered.action == Action::reply) check_reply(std::span(out).first(answered.size), limit);
  if (walk) check_reply(walk->otherwise, limit);
}

void run(std::span<const std::uint8_t> input) {
  static const Zone zone = make_zone();
  if (input.size() < 2) return;
  AnswerOptions options;
  options.transport = (input[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  options.can_forward = (input[0] & 2) != 0;
  options.rotation = static_cast<std::uint32_t>(input[1]) << 24;
  const bool as_upstream = (input[0] & 4) != 0;
  const bool guarded = (input[0] & 8) != 0;
  const bool limited = (input[0] & 16) != 0;
  input = input.subspan(2);
  if (guarded) return check_guarded(zone, options, input, limited);
  std::vector<std::uint8_t> out(kMaxMessageSize);
  Query query;
  if (as_upstream) {
    for (const char* name : {"www.example.com", "out.shop.svc.cluster.local"}) {
      options.can_forward = true;
      test::Ask ask;
      ask.name = name;
      const Answer answered = answer(test::make_query(ask), zone, options, query, out);
      check(answered.action == Action::forward);
      check_relay(query, answered, out, options.transport, input);
    }
    return;
  }
  const Answer answered = answer(input, zone, options, query, out);
  if (answered.action == Action::drop) return;
  if (answered.action == Action::forward) return check_relay(query, answered, out, options.transport, input);
  const std::size_t limit =
      answered.size == kHeaderSize ? kHeaderSize : reply_limit(query, options.transport, kMaxUdpPayload);
  check_reply(std::span(out).first(answered.size), limit);
}

}  // namespace
}  // namespace naru::dns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::dns::run({data, size});
  return 0;
}
