// Which BFD sessions there are to be, and whose they are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lb/announce/input.h"
#include "lb/bfd/types.h"

namespace naru::lb::announce {

/// One for each other node with an address of a family that this one has too: IPv4 before IPv6, so that both ends
/// agree.
[[nodiscard]] std::map<bfd::SessionKey, std::string> node_sessions(const Input& input);

/// The names of the nodes that node_sessions() has.
[[nodiscard]] std::set<std::string> names_of(const std::map<bfd::SessionKey, std::string>& sessions);
/// The other nodes that it has not, for want of addresses: whether they are there nobody can tell. They are taken to
/// be, by all nodes alike, so that an address has one owner at most.
[[nodiscard]] std::set<std::string> unheard_nodes(const Input& input,
                                                  const std::map<bfd::SessionKey, std::string>& sessions);

struct PeerSession {
  bfd::SessionSettings settings;
  std::vector<std::string> peers;  // of BGP, which may share an address
};

/// For those of `peers` (names) with a BFD profile.
[[nodiscard]] std::map<bfd::SessionKey, PeerSession> peer_sessions(const Input& input,
                                                                   const std::vector<std::string>& peers);

}  // namespace naru::lb::announce
