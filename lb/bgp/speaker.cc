#include "lb/bgp/speaker.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <random>

#include "base/log.h"
#include "lb/bgp/listener.h"
#include "lb/bgp/peer_runner.h"

namespace naru::lb::bgp {
namespace {

namespace asio = boost::asio;

constexpr Duration kLastWords = std::chrono::seconds(2);

bool is_same_session(PeerSettings a, const PeerSettings& b) {
  a.connect_time = b.connect_time;
  return a == b;
}

SessionView view_of_refused(const PeerSettings& settings, const SessionEnd& end) {
  SessionView view;
  view.peer = settings.name;
  view.address = {settings.address, settings.port};
  view.since = end.at;
  view.my_asn = settings.my_asn;
  view.peer_asn = settings.peer_asn;
  view.last_end = end;
  return view;
}

}  // namespace

/// Handlers of Asio hold it weakly.
struct Speaker::Parts : std::enable_shared_from_this<Speaker::Parts> {
  struct Refused {
    PeerSettings settings;
    SessionEnd end;
  };

  Parts(asio::io_context& context, SpeakerOptions wanted, SpeakerEvents told)
      : io(context),
        options(std::move(wanted)),
        events(std::move(told)),
        random(std::random_device{}()),
        timer(context) {}

  void open_listeners();
  void close_listeners();
  void take(Transport::Socket socket);
  void remove_unwanted(const std::map<std::string, PeerSettings>& wanted);
  void retire(std::shared_ptr<PeerRunner> runner, const Notification& notification, Stop stop);
  void add(PeerSettings settings);
  void refuse(PeerSettings settings, std::string fault);
  void done();

  asio::io_context& io;
  SpeakerOptions options;
  SpeakerEvents events;
  Random random;
  asio::steady_timer timer;  // of the end
  std::map<std::string, std::shared_ptr<PeerRunner>> peers;
  std::map<std::string, Refused> refused;
  std::map<std::string, std::vector<Route>> routes;  // of all peers named so far
  std::vector<std::shared_ptr<PeerRunner>> retiring;
  std::vector<std::shared_ptr<Listener>> listeners;
  bool stopping{};
  std::function<void()> on_done;
};

Speaker::Speaker(asio::io_context& io, SpeakerOptions options, SpeakerEvents events)
    : parts_(std::make_shared<Parts>(io, std::move(options), std::move(events))) {}

Speaker::~Speaker() {
  parts_->close_listeners();
}

void Speaker::Parts::open_listeners() {
  if (listeners.empty()) {
    for (const SocketAddress& address : options.listen) {
      listeners.push_back(std::make_shared<Listener>(io, address, [weak = weak_from_this()](Transport::Socket socket) {
        if (const auto self = weak.lock()) self->take(std::move(socket));
      }));
    }
  }
  std::vector<PeerSettings> settings;
  for (const auto& [name, runner] : peers) settings.push_back(runner->settings());
  for (const auto& listener : listeners) listener->set_peers(settings);
}

void Speaker::Parts::close_listeners() {
  for (const auto& listener : listeners) listener->close();
  listeners.clear();
}

void Speaker::Parts::take(Transport::Socket socket) {
  const IpAddress from = remote_address(socket).ip;
  const IpAddress to = local_address(socket).ip;
  for (const auto& [name, runner] : peers) {
    const PeerSettings& settings = runner->settings();
    if (settings.address != from || settings.source_address.value_or(to) != to || !runner->accepts()) continue;
    return runner->accept(std::move(socket));
  }
  log::debug("BGP: connection from {} is of no peer", from.to_string());
}

void Speaker::set_peers(std::vector<PeerSettings> peers) {
  Parts& parts = *parts_;
  if (parts.stopping) return;
  std::map<std::string, PeerSettings> wanted;
  for (PeerSettings& settings : peers) {
    std::string name = settings.name;
    wanted.insert_or_assign(std::move(name), std::move(settings));
  }
  parts.refused.clear();
  parts.remove_unwanted(wanted);
  for (auto& [name, settings] : wanted) {
    if (const std::string fault = fault_of(settings); !fault.empty()) {
      parts.refuse(std::move(settings), fault);
    } else if (const auto runner = parts.peers.find(name); runner != parts.peers.end()) {
      runner->second->set_connect_time(settings.connect_time);
    } else {
      parts.add(std::move(settings));
    }
  }
  parts.open_listeners();
}

void Speaker::Parts::remove_unwanted(const std::map<std::string, PeerSettings>& wanted) {
  for (auto runner = peers.begin(); runner != peers.end();) {
    const auto next = wanted.find(runner->first);
    if (next != wanted.end() && is_same_session(next->second, runner->second->settings())) {
      ++runner;
      continue;
    }
    const Cease why = next == wanted.end() ? Cease::deconfigured : Cease::other_change;
    retire(std::move(runner->second), Notification::cease(why), Stop::withdraw);
    runner = peers.erase(runner);
  }
}

/// Kept until it has said its last words.
void Speaker::Parts::retire(std::shared_ptr<PeerRunner> runner, const Notification& notification, Stop stop) {
  PeerRunner& leaving = *runner;
  retiring.push_back(std::move(runner));
  leaving.stop(notification, stop, [weak = weak_from_this(), gone = &leaving] {
    const auto self = weak.lock();
    if (!self) return;
    std::erase_if(self->retiring, [&](const auto& one) { return one.get() == gone; });
    if (self->stopping && self->retiring.empty()) self->done();
  });
}

void Speaker::Parts::add(PeerSettings settings) {
  const std::string name = settings.name;
  const auto on_state = [weak = weak_from_this()](const std::string& peer, State from, State to) {
    if (const auto self = weak.lock()) self->events.on_state(peer, from, to);
  };
  const PeerOptions peer_options{options.router_id, options.restart_time};
  auto runner = std::make_shared<PeerRunner>(io, std::move(settings), peer_options, random(), on_state);
  if (const auto known = routes.find(name); known != routes.end()) runner->set_routes(known->second);
  peers.emplace(name, runner);
  runner->start();
}

void Speaker::Parts::refuse(PeerSettings settings, std::string fault) {
  log::warn("BGP with {}: {}", settings.name, fault);
  const std::string name = settings.name;
  if (const auto running = peers.find(name); running != peers.end()) {
    retire(std::move(running->second), Notification::cease(Cease::other_change), Stop::withdraw);
    peers.erase(running);
  }
  refused.insert_or_assign(name,
                           Refused{std::move(settings), {EndReason::bad_settings, std::move(fault), Clock::now()}});
}

void Speaker::set_routes(std::map<std::string, std::vector<Route>> routes) {
  Parts& parts = *parts_;
  if (parts.stopping) return;
  for (const auto& [name, known] : parts.routes) {
    // It has none from now on, which is not the same as to be unknown.
    if (parts.peers.contains(name)) routes.try_emplace(name);
  }
  parts.routes = std::move(routes);
  for (const auto& [name, wanted] : parts.routes) {
    const auto runner = parts.peers.find(name);
    if (runner != parts.peers.end()) runner->second->set_routes(wanted);
  }
}

void Speaker::link_failed(const std::string& peer) {
  const auto runner = parts_->peers.find(peer);
  if (runner != parts_->peers.end()) runner->second->link_failed();
}

void Speaker::shut_down(Stop stop, std::function<void()> on_done) {
  Parts& parts = *parts_;
  if (parts.stopping) return;
  parts.stopping = true;
  parts.on_done = std::move(on_done);
  parts.close_listeners();
  const bool restarts = stop == Stop::keep_routes;
  const Notification words = restarts ? Notification::cease(Cease::reset) : Notification::shutdown("naru stops");
  for (auto& [name, runner] : std::exchange(parts.peers, {})) parts.retire(runner, words, stop);
  parts.timer.expires_after(parts.retiring.empty() ? Duration{} : kLastWords);
  parts.timer.async_wait([weak = parts.weak_from_this()](const auto&) {
    if (const auto self = weak.lock()) self->done();
  });
}

void Speaker::Parts::done() {
  timer.cancel();
  retiring.clear();
  if (on_done) std::exchange(on_done, nullptr)();
}

std::vector<SessionView> Speaker::sessions() const {
  std::vector<SessionView> views;
  for (const auto& [name, runner] : parts_->peers) views.push_back(runner->view());
  for (const auto& [name, refused] : parts_->refused) views.push_back(view_of_refused(refused.settings, refused.end));
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.peer < b.peer; });
  return views;
}

std::string Speaker::listen_fault() const {
  std::string text;
  for (const auto& listener : parts_->listeners) {
    if (listener->fault().empty()) continue;
    text += (text.empty() ? "" : "; ") + listener->fault();
  }
  return text;
}

}  // namespace naru::lb::bgp
