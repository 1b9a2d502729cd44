// The names that Services have for endpoints: what addresses they have, whose they are, and when to ask again.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/time.h"
#include "config/objects.h"
#include "dns/address_answer.h"

namespace naru::daemon {

/// A name and a family are asked for, and fail, by themselves.
struct FollowedName {
  std::string name;  // lower case, without the last dot
  Family family{};

  friend auto operator<=>(const FollowedName&, const FollowedName&) = default;
};

/// What an answer changed.
struct NameChange {
  enum class Event : std::uint8_t {
    none,
    failing,   // it was answered, or is new; what was known goes on to be used
    answered,  // after failures
    lost,      // it had addresses, or is new, and has none
  };
  bool addresses{};  // other ones than before
  Event event{};
};

/// The rules are those of Envoy's clusters of type STRICT_DNS: an answer holds for its TTL; a name that does not exist,
/// or has no address, has no endpoint from then on; and a failure says nothing, so what is known is kept, however
/// long, while the name is asked for again with back-off.
///
/// Time is an argument. Every call costs the names that it is about.
class FollowedNames {
 public:
  using Users = std::set<config::ServiceName>;

  static constexpr Duration kLeastTtl = std::chrono::seconds(1);
  static constexpr Duration kMostTtl = std::chrono::minutes(5);
  static constexpr Backoff kBackoff{std::chrono::seconds(1), std::chrono::seconds(60)};
  /// A question whose answer never comes is put again.
  static constexpr Duration kPatience = std::chrono::seconds(15);
  /// Of one name and family; of more, the lowest.
  static constexpr std::size_t kMostAddresses = 100;

  /// The names that `user` has now. New ones are due at once; one that nobody has any more is forgotten.
  void set(const config::ServiceName& user, std::set<FollowedName> names);

  /// At most so many whose time has come, the longest due first. They count as asked for.
  [[nodiscard]] std::vector<FollowedName> take_due(TimePoint now, std::size_t most);
  /// TimePoint::max(): there are none.
  [[nodiscard]] TimePoint next_due() const;

  /// An answer for a name that is followed no more changes nothing.
  NameChange take(const FollowedName& name, const dns::AddressAnswer& answer, TimePoint now);

  /// Sorted; none: it has none, or there was no answer yet.
  [[nodiscard]] const std::vector<IpAddress>& addresses(const FollowedName& name) const;
  [[nodiscard]] const Users& users(const FollowedName& name) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Of which nothing was heard yet, not even a failure.
  [[nodiscard]] std::size_t unheard_of() const { return unheard_of_; }

 private:
  struct Entry {
    Users users;
    std::vector<IpAddress> addresses;
    TimePoint due{TimePoint::min()};
    unsigned failures{0};  // in a row
    bool heard_of{};       // answers or failures, ever
  };

  void schedule(const FollowedName& name, Entry& entry, TimePoint due);
  void leave(const FollowedName& name, const config::ServiceName& user);

  std::map<FollowedName, Entry> entries_;
  std::map<config::ServiceName, std::set<FollowedName>> by_user_;
  std::set<std::pair<TimePoint, FollowedName>> due_;
  std::size_t unheard_of_{0};
};

}  // namespace naru::daemon
