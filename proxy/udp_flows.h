// All UDP flows of one worker: how many there may be, and who makes room.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <unordered_map>

#include "proxy/udp_datagrams.h"
#include "proxy/udp_refusals.h"
#include "proxy/udp_rules.h"

namespace naru::proxy {

struct UdpLimits {
  std::size_t flows{131'072};
  std::size_t kept_bytes{8 << 20};  // of datagrams kept to be sent again

  /// The defaults, fewer flows where the limit on descriptors (RLIMIT_NOFILE) asks for it: one half of it for the flows
  /// of all workers, taken as one per core.
  static UdpLimits of_this_process();
};

using RecencyHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct RecencyTag>>;
using ClientHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct ClientTag>>;

struct FlowGroup;

/// A flow as UdpFlows sees it.
class FlowMember : public RecencyHook, public ClientHook {
 public:
  /// Must remove the flow from UdpFlows before it returns.
  virtual void displace() = 0;

 protected:
  ~FlowMember() = default;

 private:
  friend class UdpFlows;
  FlowGroup* group_{};
};

template <class Hook>
using FlowList = boost::intrusive::list<FlowMember, boost::intrusive::base_hook<Hook>>;

/// The flows of one client (see client_group()).
struct FlowGroup {
  IpAddress client;
  FlowList<ClientHook> flows;  // least recently used first
};

/// Confined to its worker.
class UdpFlows {
 public:
  explicit UdpFlows(UdpLimits limits) : limits_(limits) {}
  UdpFlows(const UdpFlows&) = delete;
  UdpFlows& operator=(const UdpFlows&) = delete;

  /// Displaces a flow if one more of `client` would be too many.
  void make_room(const IpAddress& client);
  /// Displaces the flow that was quiet longest, other than `except`; false if there is none.
  bool displace_oldest(const FlowMember* except);

  void add(FlowMember& flow, const IpAddress& client);
  void remove(FlowMember& flow);
  /// There was traffic.
  void touch(FlowMember& flow);

  [[nodiscard]] std::size_t size() const { return recency_.size(); }
  [[nodiscard]] std::size_t flows_of(const IpAddress& client) const;

  /// Room for one more datagram kept to be sent again.
  [[nodiscard]] bool may_keep(std::size_t bytes) const { return kept_bytes_ + bytes <= limits_.kept_bytes; }
  void kept(std::size_t bytes) { kept_bytes_ += bytes; }
  void let_go(std::size_t bytes) { kept_bytes_ -= bytes; }

  UdpInbox inbox;      // what is being read from clients now
  UdpReplies replies;  // what goes to clients at the end of this turn
  bool flush_planned{false};
  UdpRefusals refusals;

 private:
  UdpLimits limits_;
  std::size_t kept_bytes_{0};
  FlowList<RecencyHook> recency_;  // least recently used first
  std::unordered_map<IpAddress, FlowGroup> groups_;
  FlowGroup* heaviest_{nullptr};  // had most flows when it last got one; near enough, and free
};

}  // namespace naru::proxy
