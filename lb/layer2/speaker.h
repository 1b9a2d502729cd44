// Announces addresses by ARP and NDP on real interfaces. What to answer and what to say when is decided by pure parts
// (judge.h, claim.h, plan.h); here are sockets, clock and network.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mac_address.h"
#include "base/result.h"
#include "lb/layer2/conflict.h"
#include "lb/layer2/counters.h"
#include "lb/layer2/interface_selection.h"

namespace boost::asio {
class io_context;
}

namespace naru::lb::layer2 {

struct SpeakerOptions {
  /// Globs of names that "all interfaces" leaves out, on top of what is unfit (see eligible()); a selection that names
  /// one has it all the same.
  std::vector<std::string> excluded_interfaces{"docker*", "virbr*",   "lxcbr*",     "cbr*",          "cni*",  "cali*",
                                               "tunl*",   "flannel*", "kube-ipvs*", "nodelocaldns*", "dummy*"};
};

/// An address announced on an interface.
struct Announced {
  IpAddress address;
  std::string interface;
  bool settled{};  // the first announcements have all been sent
  std::optional<Conflict> conflict;
};

/// An interface as far as it matters here.
struct InterfaceInfo {
  std::string name;
  MacAddress mac;
  bool up{};
  std::size_t announced{};  // addresses
  std::string fault;        // why nothing can be announced on it although it should be; empty: nothing is wrong
};

/// All are called within the speaker's own turn; they may call any member but the destructor.
struct SpeakerEvents {
  /// Another host has `address`. Told once per owner that claims it in turn. We go on announcing: the address was
  /// given to us.
  std::function<void(const IpAddress& address, const std::string& interface, const Conflict&)> on_conflict =
      [](const auto&, const auto&, const auto&) {};
  /// Nobody has claimed it for Claim::kConflictLasts.
  std::function<void(const IpAddress& address, const std::string& interface)> on_conflict_cleared = [](const auto&,
                                                                                                       const auto&) {};
  /// Interfaces or their addresses came, went, or changed; interfaces() tells.
  std::function<void()> on_interfaces_changed = [] {};
};

/// Confined to the thread that runs the io_context.
class Speaker {
 public:
  Speaker(boost::asio::io_context& io, SpeakerOptions options, SpeakerEvents events);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;
  /// Falls silent: the addresses are taken over by being announced elsewhere.
  ~Speaker();

  /// Begins to follow interfaces. Errors: netlink's (none is expected on a Linux that runs).
  [[nodiscard]] Result<void> start();

  /// All addresses that this node owns now. New ones, and those on interfaces that come up, are announced before this
  /// returns; those that are gone are not answered for from now on. Never fails: what is wrong with an interface (no
  /// privilege, say) is its `fault`, and tried again when it changes and with each call.
  void announce(const std::map<IpAddress, InterfaceSelection>& owned);

  /// All addresses that this node serves, whoever announces them: so that requests for them are heard, and count as
  /// lost elections.
  void hold(const std::set<IpAddress>& held);

  [[nodiscard]] std::vector<Announced> announced() const;
  [[nodiscard]] std::vector<InterfaceInfo> interfaces() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace naru::lb::layer2
