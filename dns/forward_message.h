// The messages of forwarding: what is asked of an upstream, and what the client is told of its answer. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"
#include "dns/message.h"

namespace naru::dns {

/// A client's query while upstreams are asked: all that its reply needs.
struct ForwardedQuery {
  std::uint16_t id{};
  std::uint16_t flags{};
  Edns edns;
  std::size_t limit{};   // of the reply, in bytes
  std::string question;  // as it came: name, TYPE, CLASS
  std::string head;      // the reply up to the end of our CNAMEs, where the name led outside; else empty
  std::string asked;     // the question for the upstreams
};

/// `answered` is what answer() said, with its bytes in `out`. `result` is a buffer to reuse.
void forwarded(const Query& query, const Answer& answered, std::span<const std::uint8_t> out, Transport transport,
               std::size_t max_udp_payload, ForwardedQuery& result);

/// What upstreams are asked, for whoever wants to know it.
struct UpstreamQuestion {
  std::string question;   // name, TYPE, CLASS; the name's case as the client wrote it
  std::uint16_t flags{};  // RD, CD
  bool dnssec_ok{};
};
void upstream_question(const ForwardedQuery& query, UpstreamQuestion& result);

/// The query for an upstream. EDNS is ours (payload 1232, the client's DO); options of the client, client subnet (RFC
/// 7871) among them, go no further. The name's letters get their case from `case_bits`, which a forger has to guess
/// with the id (draft-vixie-dnsext-dns0x20).
enum class WithEdns : bool { no, yes };
[[nodiscard]] std::string upstream_query(const UpstreamQuestion& question, std::uint16_t id, std::uint64_t case_bits,
                                         WithEdns edns = WithEdns::yes);

enum class UpstreamVerdict : std::uint8_t {
  good,
  server_fail,
  wrong_case,  // all is right but the case of the name: forged, or of a server that changes case
  malformed,   // not to be believed: also an answer to another question
};
/// `sent` is the whole query.
[[nodiscard]] UpstreamVerdict judge(std::span<const std::uint8_t> message, std::string_view sent);

/// Whether a server says that it knows no EDNS (RFC 6891 7): FORMERR without an OPT, be it the header alone. `message`
/// has the id of the query.
[[nodiscard]] bool knows_no_edns(std::span<const std::uint8_t> message);

/// The answer with the question as it was asked, and without the OPT and what follows it. `message` is not malformed.
[[nodiscard]] std::vector<std::uint8_t> tidied(std::span<const std::uint8_t> message, const UpstreamQuestion& question);
/// What an upstream would say, where there is none that does.
[[nodiscard]] std::vector<std::uint8_t> failure_answer(const UpstreamQuestion& question, Rcode rcode);

/// The client's reply, made from an upstream's answer that is not malformed: the client's id, question and EDNS, and no
/// more than it can take. Returns its size; `rcode` says what it tells.
std::size_t relay(const ForwardedQuery& query, std::span<const std::uint8_t> message, std::span<std::uint8_t> out,
                  Rcode& rcode, bool& truncated);

/// SERVFAIL. Returns its size.
std::size_t relay_failure(const ForwardedQuery& query, std::span<std::uint8_t> out);

}  // namespace naru::dns
