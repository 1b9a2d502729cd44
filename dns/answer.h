// What a query is answered with: a pure function of its bytes and the zone.
#pragma once

#include <cstdint>
#include <span>

#include "dns/message.h"
#include "dns/metrics.h"
#include "dns/types.h"
#include "dns/zone.h"

namespace naru::dns {

struct AnswerOptions {
  Transport transport{Transport::udp};
  std::size_t max_udp_payload{kMaxUdpPayload};
  bool can_forward{};         // there are upstreams for names that are not ours
  std::uint32_t rotation{0};  // random: which record comes first
};

enum class Action : std::uint8_t {
  reply,    // send out[0, size)
  drop,     // for the reason `drop`
  forward,  // ask upstreams: for the question, or for `target` if there is one
};

struct Answer {
  Action action{};
  std::size_t size{};
  Rcode rcode{};
  bool truncated{};
  DropReason drop{};
  /// Where our CNAMEs lead that start at the question's name: out[0, size) is the reply up to there, with the CNAMEs in
  /// its answer section and their number in its header. Valid while the zone is unchanged.
  const Name* target{};
};

/// How many CNAMEs of ours may follow one another.
inline constexpr int kLongestAliasChain = 8;

/// `query` is filled in from `message`, for what is to be done after. `out` must have room for 65,535 bytes for TCP,
/// and for `max_udp_payload` for UDP. No allocation, unless a CNAME is followed or a Pod's name asked for.
[[nodiscard]] Answer answer(std::span<const std::uint8_t> message, const Zone& zone, const AnswerOptions& options,
                            Query& query, std::span<std::uint8_t> out);

/// The same in two steps: `fault` is what parse_query() said, `records` what the zone has at the query's name.
[[nodiscard]] Answer respond(QueryFault fault, std::span<const std::uint8_t> message, const Query& query,
                             const Zone& zone, const RecordSet* records, const AnswerOptions& options,
                             std::span<std::uint8_t> out);

/// What the zone has at `target`, behind a CNAME from the question to there: as if the zone said so. `query` is one
/// that respond() could answer.
[[nodiscard]] Answer respond_through(const Name& target, std::span<const std::uint8_t> message, const Query& query,
                                     const Zone& zone, const AnswerOptions& options, std::span<std::uint8_t> out);

/// For a client that is to have no answer over UDP: TC, so that it comes by TCP; or BADCOOKIE, so that it comes with
/// the cookie that it is given here, where `query` has one that is not good. Drops what is malformed.
[[nodiscard]] Answer respond_limited(QueryFault fault, std::span<const std::uint8_t> message, const Query& query,
                                     bool ask_cookie, std::span<std::uint8_t> out);

/// The most that a reply may have for `query`.
[[nodiscard]] std::size_t reply_limit(const Query& query, Transport transport, std::size_t max_udp_payload);

}  // namespace naru::dns
