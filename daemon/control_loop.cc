#include "daemon/control_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <set>

#include "base/log.h"
#include "daemon/announcing_references.h"
#include "daemon/dns_forward_setup.h"
#include "daemon/host_state.h"
#include "daemon/intercept_setup.h"
#include "daemon/learned_state.h"
#include "daemon/served_summary.h"
#include "daemon/trigger_time.h"

namespace naru::daemon {

namespace {

constexpr auto kRetryInterval = std::chrono::seconds(5);
constexpr auto kNamesPatience = std::chrono::seconds(1);
constexpr auto kDnsDrainTime = std::chrono::seconds(2);
constexpr auto kCookieSecretLife = std::chrono::hours(24);

std::size_t count(const config::SourceUpdate& update, config::Kind kind) {
  const auto upserted = std::ranges::count(update.upserted, kind, config::kind_of);
  return static_cast<std::size_t>(upserted + std::ranges::count(update.removed, kind, &config::ObjectKey::kind));
}

}  // namespace

ControlLoop::ControlLoop(boost::asio::io_context& io, ControlOptions options, std::unique_ptr<config::Source> source,
                         AllocationStore store)
    : io_(io),
      options_(std::move(options)),
      interception_(interception_of(options_.configuration.intercept)),
      source_(std::move(source)),
      source_ready_(io, source_->fd()),
      retry_timer_(io),
      withdraw_timer_(io),
      drain_timer_(io),
      lame_duck_timer_(io),
      cookie_timer_(io),
      names_timer_(io),
      planner_(planner_config(options_.configuration, options_.host), std::move(store)),
      host_watch_(io, [this] { take_host_addresses(); }),
      routes_(not_intercepted(options_.configuration.service_cidrs, options_.configuration.intercept)),
      source_routing_(io),
      announcing_(io, options_.configuration, [this] { routes_.interfaces_changed(); }),
      health_check_ports_(io, [this](const config::ServiceName& name) { return service_health_of(name); }),
      prober_(io, static_cast<std::uint64_t>(Clock::now().time_since_epoch().count())),
      name_resolver_(
          io,
          [this](const dns::Name& name, Family family, auto done) {
            data_plane_.look_up(name, family, std::move(done));
          },
          [this](const FollowedName& name, const dns::AddressAnswer& answer) { on_name_answer(name, answer); }),
      metrics_(*this),
      data_plane_(io, options_.workers, options_.connections_per_worker, prepare_dns(), options_.query_logs,
                  interception_, events()) {
  rotate_cookie_secrets_later();
  std::map<SocketAddress, runtime::UniqueFd> http;
  for (HttpSocket& socket : options_.inherited.http) http.emplace(socket.address, std::move(socket.fd));
  health_check_ports_.inherit(std::move(http));
}

ControlLoop::~ControlLoop() {
  source_ready_.release();  // the source owns its descriptor
  if (hosts_file_ready_) hosts_file_ready_->release();
}

DataPlaneEvents ControlLoop::events() {
  DataPlaneEvents events;
  events.on_proxy_listen = [this](unsigned worker, const proxy::FrontendKey& key, std::optional<Error> error) {
    // A report may arrive after the frontend has gone: then it means nothing.
    const bool of_all = interception_ && std::ranges::count(interception_->listen, key.address) != 0;
    if (!of_all && planner_.table().frontends.find(key) == nullptr) return;
    proxy_failures_.report(worker, key, std::move(error));
    on_listen_changed();
  };
  events.on_dns_listen = [this](unsigned worker, const dns::ListenKey& key, std::optional<Error> error) {
    dns_failures_.report(worker, key, std::move(error));
    on_listen_changed();
  };
  events.on_in_force = [this](std::uint64_t generation) { on_in_force(generation); };
  events.on_connection_ended = options_.on_connection_ended;
  events.on_request_ended = options_.on_request_ended;
  return events;
}

/// DNS listens as soon as there are workers, so its address must be this host's before.
dns::WorkerOptions ControlLoop::prepare_dns() {
  routes_.add_missing({});
  dns::WorkerOptions dns;
  dns.listen = dns_listen_addresses(options_.configuration);
  if (options_.held_dns) dns.held = options_.held_dns();
  dns.forward = forward_options(options_.configuration, options_.upstreams, options_.workers);
  set_serving(options_.configuration, cookie_rotation_.secrets(), dns);
  return dns;
}

Result<void> ControlLoop::start(std::function<void()> on_ready) {
  on_ready_ = std::move(on_ready);
  if (auto restored = planner_.restore(); !restored) return restored;
  inherited_affinity_ = affinity_of(options_.inherited);
  data_plane_.inherit(std::move(options_.inherited.proxies));
  follow_hosts_file();
  take_changes();
  watch();
  return {};
}

void ControlLoop::watch() {
  source_ready_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (error) return;
                             take_changes();
                             watch();
                           });
}

void ControlLoop::reload() {
  source_->reload();
  take_changes();
  if (hosts_file_ && hosts_file_->read_again()) take_hosts();
}

/// A process that is stopping leaves all as it is.
void ControlLoop::take_host_addresses() {
  if (draining_) return;
  const bool changed = planner_.set_host_addresses(read_host_addresses());
  if (changed && generation_ != 0) publish({0, Clock::now(), {}});
}

// ---- hosts and cookies ----

void ControlLoop::follow_hosts_file() {
  const std::string& path = options_.configuration.dns.serving.hosts_file;
  if (!path.empty()) hosts_file_ = std::make_unique<WatchedFile>(path);
  take_hosts();
  if (!hosts_file_ || hosts_file_->fd() < 0) return;
  hosts_file_ready_ = std::make_unique<boost::asio::posix::stream_descriptor>(io_, hosts_file_->fd());
  wait_for_hosts_file();
}

void ControlLoop::wait_for_hosts_file() {
  hosts_file_ready_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                [this](const boost::system::error_code& error) {
                                  if (error) return;
                                  if (hosts_file_->changed()) take_hosts();
                                  wait_for_hosts_file();
                                });
}

void ControlLoop::take_hosts() {
  Pending pending{0, Clock::now(), {}};
  hosts_issues_.clear();
  const bool changed = planner_.set_hosts(hosts_of(options_.configuration, hosts_file_.get(), hosts_issues_));
  // The first load has not been published yet: that will have them.
  if (generation_ == 0) return;
  if (changed) publish(std::move(pending));
  report_issues();
}

void ControlLoop::rotate_cookie_secrets_later() {
  cookie_timer_.expires_after(kCookieSecretLife);
  cookie_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    cookie_rotation_.rotate();
    data_plane_.set_cookie_secrets(cookie_rotation_.secrets());
    rotate_cookie_secrets_later();
  });
}

// ---- one change ----

void ControlLoop::take_changes() {
  Pending pending{0, Clock::now(), {}};
  const config::SourceUpdate update = source_->read_changes();
  const bool first = generation_ == 0;
  if (!update.any_change && !first) return;
  source_errors_ = update.errors;
  source_notices_ = update.notices;
  const auto wall_now = std::chrono::system_clock::now();
  metrics_.config_loaded(update.errors.empty(), wall_now);
  metrics_.changes_queued(count(update, config::Kind::service), count(update, config::Kind::endpoint_slice), wall_now);
  pending.triggered = trigger_times(update);

  const proxy::Table before = planner_.table();
  const bool changed = planner_.apply(update);
  forget_closed_frontends(before, planner_.table());
  log_pending(first);
  follow_announcing(changed);
  if (changed) first ? publish_first(std::move(pending)) : publish(std::move(pending));
  // After publishing: the workers know our own names then.
  name_resolver_.follow(planner_.names());
  report_issues();
}

void ControlLoop::follow_announcing(bool changed) {
  if (announcing_.follow(planner_, changed ? generation_ + 1 : generation_)) {
    routes_.keep_silent(announcing_.addresses());
  }
}

/// A process that takes over serves from its first snapshot on, beside the one before: a Service whose endpoints have
/// names is not to be without any meanwhile.
void ControlLoop::publish_first(Pending pending) {
  if (planner_.names().unheard_of() == 0) return publish(std::move(pending));
  held_ = std::move(pending);
  names_timer_.expires_after(kNamesPatience);
  names_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && held_) publish(*std::exchange(held_, std::nullopt));
  });
}

void ControlLoop::on_name_answer(const FollowedName& name, const dns::AddressAnswer& answer) {
  Pending pending{0, Clock::now(), {}};
  NameChange change;
  const proxy::Table before = planner_.table();
  const bool changed = planner_.resolved(name, answer, Clock::now(), change);
  log_name_change(name, change, planner_.names().addresses(name));
  if (change.addresses) follow_announcing(changed);
  if (generation_ == 0) {
    if (held_ && planner_.names().unheard_of() == 0) publish(*std::exchange(held_, std::nullopt));
  } else if (changed) {
    forget_closed_frontends(before, planner_.table());
    publish(std::move(pending));
  }
  if (change.addresses) report_issues();
  name_resolver_.follow(planner_.names());
}

void ControlLoop::publish(Pending pending) {
  held_.reset();
  // The addresses first: a listener can't be opened on an address that is not this host's.
  routes_.add_missing(needed_addresses());
  auto snapshot = std::make_shared<Snapshot>(Snapshot{++generation_, planner_.table(), planner_.zone()});
  snapshot->table.generation = generation_;
  source_routing_.follow(transparent_families());
  snapshot->table.transparent = source_routing_.paths();
  const auto seconds = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
  snapshot->zone.set_serial(static_cast<std::uint32_t>(seconds));
  pending.generation = generation_;
  pending_.push_back(std::move(pending));
  data_plane_.publish(std::move(snapshot));
}

std::set<Family> ControlLoop::transparent_families() const {
  std::set<Family> families;
  if (planner_.total().transparent_ipv4 > 0) families.insert(Family::ipv4);
  if (planner_.total().transparent_ipv6 > 0) families.insert(Family::ipv6);
  return families;
}

void ControlLoop::on_in_force(std::uint64_t generation) {
  last_in_force_ = std::chrono::system_clock::now();
  while (!pending_.empty() && pending_.front().generation <= generation) {
    const Pending& done = pending_.front();
    const Duration took = Clock::now() - done.since;
    metrics_.changes_in_force(took, last_in_force_);
    for (const auto& triggered : done.triggered) metrics_.observe_network_programming(last_in_force_ - triggered);
    log::debug("generation {} in force on {} workers after {} us", done.generation, data_plane_.workers(),
               took / std::chrono::microseconds(1));
    pending_.pop_front();
  }
  if (pending_.empty()) {
    routes_.remove_surplus(needed_addresses());
    source_routing_.remove_leftovers();
  }
  announcing_.in_force(generation);
  health_check_ports_.follow(planner_.health_checked(), planner_.node().node_port_addresses);
  prober_.follow(planner_.table());
  if (on_ready_) {
    use_inherited_state();
    log_what_is_served();
    std::exchange(on_ready_, nullptr)();
  }
}

void ControlLoop::forget_closed_frontends(const proxy::Table& before, const proxy::Table& after) {
  if (proxy_failures_.empty()) return;
  diff(before.frontends, after.frontends, [&](const proxy::FrontendKey& key, const auto*, const auto* now) {
    if (now == nullptr) proxy_failures_.forget(key);
  });
}

// ---- what goes wrong ----

void ControlLoop::on_listen_changed() {
  // Workers report one address at a time, many in a row: one look at them all is enough.
  if (std::exchange(reporting_, true)) return;
  boost::asio::post(io_, [this] {
    reporting_ = false;
    report_issues();
  });
}

void ControlLoop::report_issues() {
  announcing_.set_unopened(unopened_addresses());
  const IssueChanges changes = issue_log_.update(issues());
  for (const std::string& line : changes.appeared) log::error("{}", line);
  for (const std::string& line : changes.resolved) log::info("resolved: {}", line);
  const IssueChanges notices = notice_log_.update(announcing_notices(planner_.desired()));
  for (const std::string& line : notices.appeared) log::warn("{}", line);
  for (const std::string& line : notices.resolved) log::info("resolved: {}", line);
  const bool retryable =
      !proxy_failures_.empty() || !dns_failures_.empty() || routes_.has_failures() || source_routing_.has_failures();
  if (retryable && !draining_) retry_later();
}

void ControlLoop::retry_later() {
  if (std::exchange(retrying_, true)) return;
  retry_timer_.expires_after(kRetryInterval);
  retry_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    retrying_ = false;
    routes_.add_missing(needed_addresses());
    if (source_routing_.follow(transparent_families())) publish({0, Clock::now(), {}});
    planner_.save_allocations();
    data_plane_.retry_failed();
    report_issues();
  });
}

std::vector<config::Issue> ControlLoop::issues() const {
  std::vector<config::Issue> all = source_errors_;
  const auto append = [&](std::vector<config::Issue> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(hosts_issues_);
  append(planner_.issues());
  append(routes_.issues());
  append(source_routing_.issues());
  append(health_check_ports_.issues());
  proxy_failures_.for_each(
      [&](const proxy::FrontendKey& key, const Error& error) { all.push_back(listen_issue(key, error)); });
  dns_failures_.for_each([&](const dns::ListenKey&, const Error& error) {
    all.push_back({{}, {}, "dns.listen", error.message});
  });
  return all;
}

/// Those on which every listener failed.
std::set<IpAddress> ControlLoop::unopened_addresses() const {
  std::set<IpAddress> addresses;
  if (proxy_failures_.empty()) return addresses;
  proxy_failures_.for_each([&](const proxy::FrontendKey& key, const Error&) { addresses.insert(key.address.ip); });
  for (const auto& [name, service] : planner_.in_force()) {
    for (const auto& [key, frontend] : service.compiled.frontends) {
      if (proxy_failures_.find(key) == nullptr) addresses.erase(key.address.ip);
    }
  }
  return addresses;
}

/// Virtual addresses that this host must have in order to serve them.
std::set<IpAddress> ControlLoop::needed_addresses() const {
  std::set<IpAddress> addresses = planner_.outside_addresses();
  std::erase_if(addresses, [&](const IpAddress& ip) { return interception_ && interception_->covers(ip); });
  return addresses;
}

config::Issue ControlLoop::listen_issue(const proxy::FrontendKey& key, const Error& error) const {
  config::Issue issue{{}, {}, {}, error.message};
  const proxy::Frontend* frontend = planner_.table().frontends.find(key);
  if (frontend == nullptr) return issue;
  const auto* port = planner_.table().service_ports.find(frontend->service_port);
  const auto service = planner_.in_force().find((*port)->service);
  if (service != planner_.in_force().end()) issue.location = service->second.object->meta.location;
  issue.object = "Service " + (*port)->service.to_string();
  return issue;
}

// ---- start and end ----

/// The first time log_what_is_served() says the same.
void ControlLoop::log_pending(bool first) {
  for (const config::ServiceName& name : planner_.take_pending_changes()) {
    const auto service = planner_.in_force().find(name);
    if (first || service == planner_.in_force().end()) continue;
    const auto& [level, line] = pending_event(service->second);
    log::write(level, line);
  }
}

void ControlLoop::log_what_is_served() const {
  for (const std::string& line : served_summary(planner_.in_force(), planner_.node())) log::info("{}", line);
}

HttpResponse ControlLoop::service_health_of(const config::ServiceName& name) const {
  std::set<IpAddress> local;
  if (const auto found = planner_.in_force().find(name); found != planner_.in_force().end()) {
    for (const auto& [key, port] : found->second.compiled.ports) {
      // Not those that are ending, though they serve: load balancers are to look elsewhere meanwhile (KEP-1669).
      if (port->local.tier != lb::Tier::ready) continue;
      for (const std::uint32_t index : port->local.indices) local.insert(port->endpoints[index].address.ip);
    }
  }
  return service_health(name, local.size(), proxy_healthy(health()));
}

/// What the process before this one had learned, once there is something to apply it to.
void ControlLoop::use_inherited_state() {
  const proxy::Table& table = planner_.table();
  for (proxy::LearnedAffinity known : std::exchange(inherited_affinity_, {})) {
    const proxy::Frontend* frontend = table.frontends.find(proxy::FrontendKey{known.address, Protocol::tcp});
    if (frontend == nullptr) frontend = table.frontends.find(proxy::FrontendKey{known.address, Protocol::udp});
    if (frontend == nullptr) continue;
    known.service_port = frontend->service_port;
    data_plane_.learn_affinity(known);
  }
  restore_ejections(table, options_.inherited.ejections, Clock::now());
}

Estate ControlLoop::share() const {
  Estate estate;
  DataPlane::Shared shared = data_plane_.share();
  estate.proxies = std::move(shared.proxies);
  for (auto& of_worker : shared.dns) {
    for (dns::SharedSocket& socket : of_worker) estate.dns.push_back(std::move(socket));
  }
  for (auto& [address, fd] : health_check_ports_.share()) estate.http.push_back({address, std::move(fd)});
  estate.ejections = ejections_in(planner_.table(), Clock::now());
  return estate;
}

void ControlLoop::hand_over(Duration grace, std::function<void()> on_drained) {
  draining_ = handed_over_ = true;
  announcing_.hand_over();
  lame_duck_over_ = true;  // DNS is answered, by the other
  on_drained_ = std::move(on_drained);
  health_check_ports_.close();
  data_plane_.hand_over_proxies([this] { finish_draining(); });
  wait_for_connections(grace);
}

void ControlLoop::drain(Duration grace, std::function<void()> on_drained) {
  draining_ = true;
  on_drained_ = std::move(on_drained);
  lame_duck_timer_.expires_after(options_.configuration.dns.serving.lame_duck);
  lame_duck_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    lame_duck_over_ = true;
    drain_dns_when_due();
  });
  if (!announcing_.active()) return drain_proxies(grace);
  announcing_.withdraw([] { log::info("withdrawn: other nodes and routers know that this one goes"); });
  // Clients and routers need a moment to hear of it, and come here until then.
  withdraw_timer_.expires_after(options_.configuration.withdraw_grace_period);
  withdraw_timer_.async_wait([this, grace](const boost::system::error_code& error) {
    if (!error) drain_proxies(grace);
  });
}

void ControlLoop::drain_proxies(Duration grace) {
  data_plane_.drain_proxies([this] { finish_draining(); });
  wait_for_connections(grace);
}

void ControlLoop::finish_draining() {
  drain_timer_.cancel();
  proxies_drained_ = true;
  drain_dns_when_due();
}

void ControlLoop::wait_for_connections(Duration grace) {
  drain_timer_.expires_after(grace);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log::warn("{} connections were still open when the time to drain was over", data_plane_.connections().size());
    proxies_drained_ = true;
    drain_dns_when_due();
  });
}

void ControlLoop::drain_dns_when_due() {
  if (!proxies_drained_ || !lame_duck_over_ || std::exchange(dns_draining_, true)) return;
  const auto finish = [this] {
    drain_timer_.cancel();
    if (on_drained_) std::exchange(on_drained_, nullptr)();
  };
  handed_over_ ? data_plane_.hand_over_dns(finish) : data_plane_.drain_dns(finish);
  // A client that does not take its answer must not keep us.
  drain_timer_.expires_after(kDnsDrainTime);
  drain_timer_.async_wait([finish](const boost::system::error_code& error) {
    if (!error) finish();
  });
}

HealthInput ControlLoop::health() const {
  HealthInput input;
  input.wall_now = std::chrono::system_clock::now();
  input.last_updated = last_in_force_;
  input.now = Clock::now();
  if (!pending_.empty()) input.waiting_since = pending_.front().since;
  input.loaded = data_plane_.generation_in_force() > 0 && !draining_;
  input.node = planner_.desired().node(options_.configuration.node).get();
  return input;
}

}  // namespace naru::daemon
