// The speaker's part on one interface.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>

#include "lb/layer2/claim.h"
#include "lb/layer2/group_socket.h"
#include "lb/layer2/interface.h"
#include "lb/layer2/judge.h"
#include "lb/layer2/speaker_channel.h"

namespace naru::lb::layer2 {

/// Something to tell when the turn is over: whom it is told may change all that a turn works on.
struct Notice {
  IpAddress address;
  std::string interface;
  std::optional<Conflict> conflict;  // nothing: it is cleared
};

/// What the speaker's parts share.
struct SpeakerShared {
  boost::asio::io_context& io;
  Counters counters;
  std::set<MacAddress> host_macs;
  std::unordered_set<IpAddress> owned;  // on whatever interface
  std::unordered_set<IpAddress> held;
  std::deque<Notice> notices;
  std::function<void()> on_turn;  // notices may wait, and times may have changed
};

/// Lives as long as its interface is up and has addresses to announce or to listen for. Outlived by `shared`.
class SpeakerPort {
 public:
  SpeakerPort(Interface interface, SpeakerShared& shared);
  SpeakerPort(const SpeakerPort&) = delete;
  SpeakerPort& operator=(const SpeakerPort&) = delete;

  /// Hears of the addresses of these families, so that what is not answered is counted, even if none is announced.
  void listen(bool ipv4, bool ipv6);
  /// Forgets addresses that are gone, and begins to announce new ones.
  void announce(const std::set<IpAddress>& addresses, TimePoint now);
  /// Does what is due.
  void advance(TimePoint now);
  /// When that is next.
  [[nodiscard]] TimePoint due() const;

  [[nodiscard]] const Interface& interface() const { return interface_; }
  [[nodiscard]] const std::map<IpAddress, Claim>& claims() const { return claims_; }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  /// False: a fault, noted.
  bool add(const IpAddress& address, TimePoint now);
  void remove(const IpAddress& address);
  bool open(FrameKind kind);
  void join_groups();
  void on_arp(Bytes frame);
  void on_ndp(Bytes frame);
  void on_conflict(const ForeignClaim& foreign);
  void announce_once(const IpAddress& address);
  void probe(const IpAddress& address);
  void flush();
  [[nodiscard]] Standing standing(const IpAddress& address) const;

  Interface interface_;
  SpeakerShared& shared_;
  Receiver receiver_;
  std::map<IpAddress, Claim> claims_;
  std::shared_ptr<SpeakerChannel> arp_, ndp_;  // opened when first needed
  GroupSockets groups_;
  std::set<IpAddress> ungrouped_;  // whose groups are not joined yet
  std::string fault_;
};

}  // namespace naru::lb::layer2
