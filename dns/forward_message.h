// The messages of forwarding: what is asked of an upstream, and what the client is told of its answer. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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

/// `answered` is what answer() said, with its bytes in `out`.
[[nodiscard]] ForwardedQuery forwarded(const Query& query, const Answer& answered, std::span<const std::uint8_t> out,
                                       Transport transport, std::size_t max_udp_payload);

/// The query for an upstream. EDNS is ours (payload 1232, the client's DO); options of the client, client subnet (RFC
/// 7871) among them, go no further.
[[nodiscard]] std::string upstream_query(const ForwardedQuery& query, std::uint16_t id);

enum class UpstreamVerdict : std::uint8_t { good, server_fail, malformed };
/// `id` is the query's. An answer to another question is malformed: it may be forged.
[[nodiscard]] UpstreamVerdict judge(std::span<const std::uint8_t> message, const ForwardedQuery& query,
                                    std::uint16_t id);

/// The client's reply, made from an upstream's answer that is not malformed: the client's id, question and EDNS, and no
/// more than it can take. Returns its size; `rcode` says what it tells.
std::size_t relay(const ForwardedQuery& query, std::span<const std::uint8_t> message, std::span<std::uint8_t> out,
                  Rcode& rcode, bool& truncated);

/// SERVFAIL. Returns its size.
std::size_t relay_failure(const ForwardedQuery& query, std::span<std::uint8_t> out);

}  // namespace naru::dns
