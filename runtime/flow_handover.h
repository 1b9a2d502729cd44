// Keeps connections whole over the planned move of an address from one node to another.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/address.h"
#include "runtime/tcp_flows.h"

namespace naru::runtime {

/// When an address moves, so do the packets of connections that the node which had it before goes on serving. Its new
/// node knows nothing of them, and its kernel would answer each with a reset. While such an address is handed over, a
/// table of nftables here sends what belongs to no connection of this host, and does not begin one, on to the node
/// that had it: the packet as it came, by that node's link-layer address, so that the client is answered from there
/// directly. Connections that begin are this host's from the first packet.
///
/// Connection tracking, by which the kernel tells the two apart, is on only while something is handed over;
/// connections that were here before are listed as exceptions. TCP only: UDP has nothing to keep whole.
///
/// The table is owned by this object's netlink socket: it ends with the process, whatever ends that. One thread.
class FlowHandover {
 public:
  FlowHandover();
  FlowHandover(const FlowHandover&) = delete;
  FlowHandover& operator=(const FlowHandover&) = delete;
  ~FlowHandover();

  /// All addresses that are being handed over, each with the address, of the same family, of the node that serves its
  /// older connections. Errors: permission, or what the kernel lacks; then nothing is handed over.
  [[nodiscard]] Result<void> hold(const std::map<IpAddress, IpAddress>& previous_nodes);

 private:
  struct Nft;
  [[nodiscard]] Result<void> run(const std::string& script);

  std::unique_ptr<Nft> nft_;
  std::map<IpAddress, IpAddress> held_;
  std::set<TcpFlow> own_;  // to held addresses, from before
};

/// What nft is told, for a table of that name: all of it anew, in one transaction. Pure.
[[nodiscard]] std::string handover_script(const std::string& table,
                                          const std::map<IpAddress, IpAddress>& previous_nodes,
                                          const std::set<TcpFlow>& own, bool exists);

}  // namespace naru::runtime
