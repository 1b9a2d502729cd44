// The routes of one peer: those wanted, those it was told, and the messages in between (RFC 4271 3.2, Adj-RIB-Out).
#pragma once

#include <map>
#include <set>

#include "lb/bgp/route.h"
#include "lb/bgp/terms.h"
#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

/// Messages are made when there is room to send them, not when something changes: a slow peer is told the last of many
/// changes, and what is in memory for it does not grow.
class AdjRibOut {
 public:
  /// All that is wanted from now on. A prefix given twice: the last counts.
  void want(const std::vector<Route>& routes);

  /// A session begins: everything is to be told.
  void begin(const Terms& terms);
  void end();
  /// All of a family is to be told again (RFC 2918).
  void refresh(Family family);

  /// The next message; nothing if all is told. Withdrawals go first; after all routes End-of-RIB, once in a session and
  /// not before want() was ever called.
  [[nodiscard]] std::optional<Bytes> next();

  [[nodiscard]] std::size_t announced() const { return announced_.size(); }
  [[nodiscard]] std::size_t pending() const;
  /// Of the pending: of a family that the session does not carry, or with more communities than fit into a message.
  [[nodiscard]] std::size_t impossible() const { return impossible_.size(); }

 private:
  using Prefixes = std::set<Cidr>;
  using Group = std::pair<Family, RouteAttributes>;

  [[nodiscard]] RouteAttributes told(RouteAttributes attributes) const;
  void queue(const Cidr& prefix, const RouteAttributes& attributes);
  void unqueue(const Cidr& prefix);
  void set(const Cidr& prefix, const RouteAttributes& attributes);
  void unset(const Cidr& prefix);
  [[nodiscard]] std::optional<Bytes> next_withdrawal();
  [[nodiscard]] std::optional<Bytes> next_announcement();
  [[nodiscard]] std::optional<Bytes> next_end_of_rib();
  void give_up(const Prefixes& prefixes);

  std::map<Cidr, RouteAttributes> wanted_;
  bool known_{};  // want() was called
  std::optional<Terms> terms_;
  // Of the session:
  std::map<Cidr, RouteAttributes> announced_;
  std::map<Cidr, RouteAttributes> queued_;  // in which group a prefix waits
  std::map<Group, Prefixes> groups_;
  std::map<Family, Prefixes> withdrawn_;  // to be
  Prefixes impossible_;
  Families ends_due_;  // End-of-RIBs
};

}  // namespace naru::lb::bgp
