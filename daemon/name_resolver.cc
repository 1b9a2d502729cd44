#include "daemon/name_resolver.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace naru::daemon {

void NameResolver::follow(FollowedNames& names) {
  const TimePoint now = Clock::now();
  if (now >= next_burst_) {
    const auto due = names.take_due(now, kBurst);
    if (due.size() == kBurst) next_burst_ = now + kPause;
    for (const FollowedName& name : due) ask(name);
  }
  wait(names, now);
}

void NameResolver::ask(const FollowedName& name) {
  // A name of a slice was checked when it was read: it always parses.
  const auto wire = dns::Name::parse(name.name);
  if (!wire) return;
  look_up_(*wire, name.family, [this, alive = alive_, name](const dns::AddressAnswer& answer) {
    if (*alive) on_answer_(name, answer);
  });
}

void log_name_change(const FollowedName& name, const NameChange& change, const std::vector<IpAddress>& addresses) {
  const char* family = name.family == Family::ipv4 ? "IPv4" : "IPv6";
  switch (change.event) {
    case NameChange::Event::failing:
      log::warn("endpoint {}: its {} addresses can't be looked up: {} that are known go on to be used", name.name,
                family, addresses.size());
      return;
    case NameChange::Event::lost:
      log::info("endpoint {}: it has no {} address", name.name, family);
      return;
    case NameChange::Event::answered:
      log::info("endpoint {}: its {} addresses can be looked up again: {} of them", name.name, family,
                addresses.size());
      return;
    case NameChange::Event::none:
      break;
  }
  if (change.addresses) log::info("endpoint {}: {} {} addresses", name.name, addresses.size(), family);
}

void NameResolver::wait(FollowedNames& names, TimePoint now) {
  const TimePoint next = std::max({names.next_due(), next_burst_, now});
  if (names.next_due() == TimePoint::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(next);
  timer_.async_wait([this, alive = alive_, &names](const boost::system::error_code& error) {
    if (!error && *alive) follow(names);
  });
}

}  // namespace naru::daemon
