// Keeps the names of endpoints resolved: asks for them when it is time, and hands on what is found.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "daemon/followed_names.h"
#include "dns/name.h"

namespace naru::daemon {

/// Thread: the io_context's.
class NameResolver {
 public:
  /// Asks for the addresses of a name; calls `done` once, later.
  using LookUp = std::function<void(const dns::Name&, Family, std::function<void(dns::AddressAnswer)> done)>;
  using OnAnswer = std::function<void(const FollowedName&, const dns::AddressAnswer&)>;

  NameResolver(boost::asio::io_context& io, LookUp look_up, OnAnswer on_answer)
      : timer_(io), look_up_(std::move(look_up)), on_answer_(std::move(on_answer)) {}
  ~NameResolver() { *alive_ = false; }
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  /// Asks for what is due in `names`, and again when more is. To be called after they changed; they outlive this.
  void follow(FollowedNames& names);

  /// At a time, and then a pause: thousands of names that are new at once are no storm for the upstreams.
  static constexpr std::size_t kBurst = 100;
  static constexpr Duration kPause = std::chrono::milliseconds(50);

 private:
  void ask(const FollowedName& name);
  void wait(FollowedNames& names, TimePoint now);

  boost::asio::steady_timer timer_;
  LookUp look_up_;
  OnAnswer on_answer_;
  TimePoint next_burst_{TimePoint::min()};
  std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};  // false: the timer has nobody to call
};

/// One line for what is worth one: a name begins to fail, is answered again, has other addresses, or none.
void log_name_change(const FollowedName& name, const NameChange& change, const std::vector<IpAddress>& addresses);

}  // namespace naru::daemon
