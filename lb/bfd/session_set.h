// All sessions of a system: which packet is for which, and what is due when. Pure: the speaker moves the bytes.
#pragma once

#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/random.h"
#include "lb/bfd/counters.h"
#include "lb/bfd/session.h"

namespace naru::lb::bfd {

/// How a datagram came.
struct Arrival {
  IpAddress from;
  IpAddress to;
  std::uint8_t ttl{};
  bool multihop{};  // to port 4784
};

/// What is to be done, in this order.
struct Effects {
  struct Send {
    SessionKey key;
    PacketBytes bytes;
  };
  std::vector<Send> sends;
  std::vector<std::pair<SessionKey, Transition>> transitions;
  std::vector<std::pair<SessionKey, Diagnostic>> remote_diagnostics;
};

/// One thread. Time never goes back. What follows from a call is added to `effects`.
class SessionSet {
 public:
  /// `seed`: not to be guessed, since discriminators come from it.
  SessionSet(std::uint64_t seed, Counters& counters) : random_(seed), counters_(counters) {}

  /// All that there are to be: keeps, changes, adds and ends. No transitions.
  void configure(const std::map<SessionKey, SessionSettings>& sessions, TimePoint now, Effects& effects);

  void receive(const Arrival& arrival, std::span<const std::uint8_t> payload, TimePoint now, Effects& effects);

  /// What is due, after all that had arrived by `now` has been received. `lateness`: how long ago this turn should have
  /// begun. A process, or a machine, that stood still has heard nothing in that time, and may not say that there was
  /// nothing to hear: see Session::forgive().
  void elapse(TimePoint now, Duration lateness, Effects& effects);

  /// When the next thing is due; Session::kNever if nothing ever is.
  [[nodiscard]] TimePoint deadline() const;

  [[nodiscard]] std::vector<SessionInfo> infos() const;
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  using Discriminator = std::uint32_t;
  struct Entry {
    SessionKey key;
    Session session;
    TimePoint queued{Session::kNever};  // as it stands in queue_
  };
  struct Found {
    Entry* entry{};
    Discard discard{};  // if there is none
  };

  void add(const SessionKey& key, const SessionSettings& settings, TimePoint now);
  void end(Discriminator discriminator, TimePoint now, Effects& effects);
  [[nodiscard]] Found find(const Arrival& arrival, const Packet& packet);
  [[nodiscard]] Entry* find_by_address(const Arrival& arrival);
  void apply(Entry& entry, const Reaction& reaction, Effects& effects);
  void queue(Discriminator discriminator, Entry& entry);
  void discard(Discard why) { counters_.discarded[static_cast<std::size_t>(why)].add(); }
  [[nodiscard]] Discriminator fresh_discriminator();
  [[nodiscard]] std::uint32_t random() { return static_cast<std::uint32_t>(random_() >> 32); }

  Random random_;
  Counters& counters_;
  std::unordered_map<Discriminator, Entry> entries_;
  std::map<SessionKey, Discriminator> by_key_;
  std::set<std::pair<TimePoint, Discriminator>> queue_;
};

}  // namespace naru::lb::bfd
