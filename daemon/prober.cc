#include "daemon/prober.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "daemon/probe.h"

namespace naru::daemon {
namespace {

/// An endpoint that gets no traffic anyway is not asked: it may not even be listening yet, or not any more.
bool is_probed(const lb::Endpoint& endpoint) {
  return lb::tier_of(endpoint.ready, endpoint.serving, endpoint.terminating) == lb::Tier::ready;
}

std::string port_name(const proxy::ServicePort& port) {
  return port.port_name.empty() ? std::to_string(port.port.value()) : port.port_name;
}

ProbeTarget target_of(const proxy::ServicePort& port, SocketAddress address) {
  const config::ActiveHealth& rules = *port.settings.active_health;
  if (rules.port) address.port = *rules.port;
  return {address, rules};
}

}  // namespace

void Prober::follow(const proxy::Table& table) {
  diff(ports_, table.service_ports, [&](proxy::ServicePortId id, const auto*, const auto* now) {
    if (now != nullptr && (*now)->settings.active_health) {
      set_port(*now);
    } else {
      remove_port(id);
    }
  });
  ports_ = table.service_ports;
  start_due();
}

void Prober::set_port(const std::shared_ptr<const proxy::ServicePort>& port) {
  const auto probed = [&](const SocketAddress& address) {
    const auto found = std::ranges::lower_bound(port->endpoints, address, {}, &lb::Endpoint::address);
    return found != port->endpoints.end() && found->address == address && is_probed(*found);
  };
  for (auto at = targets_.lower_bound({port->id, {}}); at != targets_.end() && at->first.port == port->id;) {
    const auto here = at++;
    if (!probed(here->first.address)) remove(here);
  }
  for (const lb::Endpoint& endpoint : port->endpoints) {
    if (!is_probed(endpoint)) continue;
    const auto [at, is_new] = targets_.try_emplace(Key{port->id, endpoint.address});
    Target& target = at->second;
    const bool changed = is_new || target.port->settings.active_health != port->settings.active_health;
    target.port = port;
    target.state = endpoint.state;
    if (is_new) target.serial = next_serial_++;
    if (!changed || (!is_new && target.due == TimePoint::max())) continue;
    schedule(at->first, target, Clock::now() + lb::first_probe_after(port->settings.active_health->interval, random_));
  }
}

void Prober::remove_port(proxy::ServicePortId id) {
  for (auto at = targets_.lower_bound({id, {}}); at != targets_.end() && at->first.port == id;) remove(at++);
}

void Prober::remove(Targets::iterator target) {
  due_.erase({target->second.due, target->first});
  target->second.state->set_probe_failed(false);  // nobody knows any more
  targets_.erase(target);
}

void Prober::schedule(const Key& key, Target& target, TimePoint due) {
  due_.erase({target.due, key});
  target.due = due;
  due_.insert({due, key});
}

/// Starts what is due, as far as the bound allows, and waits for what is next.
void Prober::start_due() {
  const TimePoint now = Clock::now();
  while (!due_.empty() && due_.begin()->first <= now && running_ < kMostRunning) {
    const Key key = due_.begin()->second;
    start(key, targets_.at(key), now);
  }
  if (due_.empty() || running_ >= kMostRunning) return;  // follow() or finished() comes here again
  timer_.expires_at(due_.begin()->first);
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (!error && *alive) start_due();
  });
}

void Prober::start(const Key& key, Target& target, TimePoint now) {
  due_.erase({target.due, key});
  target.due = TimePoint::max();
  ++running_;
  // The next one counts from here, so that a slow endpoint is not asked less often.
  const TimePoint next = now + lb::next_probe_after(target.port->settings.active_health->interval, random_);
  boost::asio::co_spawn(io_, probe(target_of(*target.port, key.address)),
                        [this, alive = alive_, key, serial = target.serial, next](const std::exception_ptr& failed,
                                                                                  lb::ProbeResult result) {
                          if (!*alive) return;
                          --running_;
                          finished(key, serial, failed ? lb::ProbeResult::not_connected : result, next);
                          start_due();
                        });
}

void Prober::finished(const Key& key, std::uint64_t serial, lb::ProbeResult result, TimePoint next) {
  const auto found = targets_.find(key);
  if (found == targets_.end() || found->second.serial != serial) return;
  apply(key, found->second, result);
  schedule(key, found->second, std::max(next, Clock::now()));
}

void Prober::apply(const Key& key, Target& target, lb::ProbeResult result) {
  const config::ActiveHealth& rules = *target.port->settings.active_health;
  target.port->state->probes.add(result);
  const auto change = target.health.observe(result, {rules.healthy_threshold, rules.unhealthy_threshold});
  if (change == lb::ProbeState::Change::recovered) target.state->begin_slow_start(Clock::now());
  target.state->set_probe_failed(!target.health.healthy());
  const std::string service = target.port->service.to_string();
  if (change == lb::ProbeState::Change::failed) {
    log::warn("Service {}: endpoint {} of port {} is avoided: its {} probe fails ({})", service,
              key.address.to_string(), port_name(*target.port), to_string(rules.type), to_string(result));
  } else if (change == lb::ProbeState::Change::recovered) {
    log::info("Service {}: endpoint {} of port {} is used again: its {} probe succeeds", service,
              key.address.to_string(), port_name(*target.port), to_string(rules.type));
  }
}

}  // namespace naru::daemon
