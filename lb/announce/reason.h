// Why an address is announced from here, or is not: what `naru get announcements` shows and tests share.
#pragma once

#include <cstdint>
#include <string_view>

namespace naru::lb::announce {

enum class Reason : std::uint8_t {
  announced,
  no_advertisement,     // none has this pool, or this Service
  node_not_selected,    // none of them selects this node
  node_excluded,        // by its label node.kubernetes.io/exclude-from-external-load-balancers
  node_leaving,         // it is being deleted
  node_unknown,         // there are Nodes, and this is none of them
  network_unavailable,  // by its condition of that name
  no_endpoint,          // usable for announcing, anywhere
  no_local_endpoint,    // on this node, and the policy is Local
  not_served,           // not yet in force on all workers, or being withdrawn
  starting,             // other nodes may not have been heard yet
  settling,             // this node is back, and leaves the address where it is for a while
  lost_election,        // another node announces it
  no_privilege,         // this node may not open packet sockets (CAP_NET_RAW)
  no_interface,         // none that it is to be announced on is there and fit for it
  no_peer,              // no BGP peer is this node's, or of this advertisement
  not_configured,       // a community that the advertisement names does not exist
};

[[nodiscard]] std::string_view to_string(Reason reason);  ///< as it is written above

}  // namespace naru::lb::announce
