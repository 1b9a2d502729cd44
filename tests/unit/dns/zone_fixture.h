// Services for the tests, and asking a zone about them.
#pragma once

#include <catch2/catch.hpp>

#include "dns/zone.h"
#include "tests/unit/dns/wire_text.h"

namespace naru::dns::test {

inline IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

inline ZoneOptions options() {
  ZoneOptions options;
  options.service_cidrs = {*Cidr::parse("10.96.0.0/12"), *Cidr::parse("fd00:10:96::/108")};
  options.addresses = {ip("10.96.0.10")};
  return options;
}

inline ServiceRecords cluster_ip(std::string name_space, std::string name, std::vector<IpAddress> ips,
                                 std::vector<PortRecord> ports = {}) {
  ServiceRecords records;
  records.service = {std::move(name_space), std::move(name)};
  records.cluster_ips = std::move(ips);
  records.ports = std::move(ports);
  return records;
}

inline ServiceRecords headless(std::string name_space, std::string name, std::vector<EndpointRecord> endpoints) {
  ServiceRecords records;
  records.service = {std::move(name_space), std::move(name)};
  records.headless = true;
  records.endpoints = std::move(endpoints);
  return records;
}

inline ServiceRecords external(std::string name_space, std::string name, std::string target) {
  ServiceRecords records;
  records.service = {std::move(name_space), std::move(name)};
  records.external_name = std::move(target);
  return records;
}

struct Outcome {
  Answer answer;
  ReplyText reply;
};

inline Outcome ask_bytes(const Zone& zone, std::span<const std::uint8_t> message, AnswerOptions how = {}) {
  std::vector<std::uint8_t> out(kMaxMessageSize, 0xee);
  Query query;
  Outcome outcome;
  outcome.answer = answer(message, zone, how, query, out);
  if (outcome.answer.action != Action::drop) outcome.reply = read_reply(std::span(out).first(outcome.answer.size));
  if (outcome.answer.action == Action::reply) REQUIRE(outcome.reply.valid);
  return outcome;
}

inline ReplyText ask(const Zone& zone, const Ask& what, AnswerOptions how = {}) {
  const Outcome outcome = ask_bytes(zone, make_query(what), how);
  REQUIRE(outcome.answer.action == Action::reply);
  return outcome.reply;
}

inline ReplyText ask(const Zone& zone, std::string name, Type type = Type::a) {
  Ask what;
  what.name = std::move(name);
  what.type = type;
  return ask(zone, what);
}

/// "NOERROR", "NODATA", "NXDOMAIN", ...; the negative ones only if they are as they must be: authoritative, with an
/// SOA.
inline std::string verdict(const ReplyText& reply) {
  const std::string rcode = to_string(Rcode{static_cast<std::uint8_t>(reply.rcode)});
  const bool negative = rcode == "NXDOMAIN" || (rcode == "NOERROR" && reply.answer.empty());
  if (!negative) return rcode;
  const bool well_made =
      reply.has(kAa) && reply.authority.size() == 1 &&
      reply.authority[0].find(" SOA ns.dns.cluster.local. hostmaster.cluster.local. ") != std::string::npos;
  return (rcode == "NOERROR" ? "NODATA" : rcode) + std::string(well_made ? "" : " without a good SOA");
}

using Lines = std::vector<std::string>;

inline Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace naru::dns::test
