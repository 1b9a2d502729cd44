#include "lb/bgp/peer_runner.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "lb/bgp/next_hop.h"
#include "runtime/host_addresses.h"

namespace naru::lb::bgp {
namespace {

namespace asio = boost::asio;

/// So much is made into messages before the peer takes any.
constexpr std::size_t kAhead = 65536;

NextHops next_hops_from(const IpAddress& local) {
  const auto host = runtime::host_addresses();
  if (!host) log::warn("BGP: {}", host.error().message);
  std::vector<OwnAddress> own;
  if (host) {
    for (const auto& at : *host) own.push_back({at.ip, at.interface_index, at.global && at.usable});
  }
  return next_hops(local, own);
}

}  // namespace

PeerRunner::PeerRunner(asio::io_context& io, PeerSettings settings, PeerOptions options, std::uint64_t seed,
                       OnState on_state)
    : io_(io), timer_(io), fsm_(std::move(settings), options, seed, Clock::now()), on_state_(std::move(on_state)) {}

PeerRunner::~PeerRunner() {
  for (const auto& transport : transports_) {
    if (transport) transport->abort();
  }
}

void PeerRunner::start() {
  perform(fsm_.start(Clock::now()));
}

void PeerRunner::set_routes(const std::vector<Route>& routes) {
  fsm_.set_routes(routes);
  pump();
  arm();
}

void PeerRunner::link_failed() {
  perform(fsm_.on_link_failed(Clock::now()));
}

void PeerRunner::stop(const Notification& notification, Stop stop, std::function<void()> on_gone) {
  on_gone_ = std::move(on_gone);
  if (stop == Stop::withdraw) {
    fsm_.set_routes({});
    // All of them, however far ahead: what is not sent with the last words is never sent.
    while (auto update = fsm_.next_update()) at(*fsm_.established_side())->send(*update);
  }
  perform(fsm_.stop(notification, stop == Stop::keep_routes, Clock::now()));
  if (closing_ == 0) asio::post(io_, std::exchange(on_gone_, nullptr));
}

void PeerRunner::accept(Transport::Socket socket) {
  const SocketAddress local = local_address(socket);
  at(Side::inbound) = make_transport(Side::inbound);
  at(Side::inbound)->adopt(std::move(socket), settings());
  connected(Side::inbound, local);
}

std::shared_ptr<Transport> PeerRunner::make_transport(Side side) {
  const auto within = [weak = weak_from_this()](auto call) {
    if (const auto self = weak.lock()) call(*self);
  };
  TransportEvents events;
  events.on_connected = [=](const SocketAddress& local) {
    within([&](PeerRunner& self) { self.connected(side, local); });
  };
  events.on_bytes = [=](View bytes) {
    within([&](PeerRunner& self) { self.perform(self.fsm_.on_bytes(side, bytes, Clock::now())); });
  };
  events.on_drained = [=] { within([](PeerRunner& self) { self.pump(); }); };
  events.on_closed = [=](EndReason reason, const std::string& text) {
    within([&](PeerRunner& self) {
      self.at(side).reset();
      self.perform(self.fsm_.on_closed(side, reason, text, Clock::now()));
    });
  };
  return std::make_shared<Transport>(io_, std::move(events));
}

void PeerRunner::connected(Side side, const SocketAddress& local) {
  perform(fsm_.on_connected(side, local, next_hops_from(local.ip), Clock::now()));
}

void PeerRunner::perform(Actions actions) {
  for (const Action& action : actions) {
    std::visit([this](const auto& one) { perform(one); }, action);
  }
  pump();
  arm();
}

void PeerRunner::perform(const action::Connect&) {
  at(Side::outbound) = make_transport(Side::outbound);
  at(Side::outbound)->connect(settings());
}

void PeerRunner::perform(const action::Send& send) {
  if (at(send.side)) at(send.side)->send(send.bytes);
}

void PeerRunner::perform(const action::Close& close) {
  const auto transport = std::exchange(at(close.side), nullptr);
  if (!transport) return;
  ++closing_;
  transport->close([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && --self->closing_ == 0 && self->on_gone_) std::exchange(self->on_gone_, nullptr)();
  });
}

void PeerRunner::perform(const action::Changed& change) {
  log(change);
  asio::post(io_, [weak = weak_from_this(), change] {
    if (const auto self = weak.lock()) self->on_state_(self->settings().name, change.from, change.to);
  });
}

void PeerRunner::log(const action::Changed& change) {
  const SessionView now = fsm_.view();
  if (change.to == State::established) {
    logged_.clear();
    return log::info("BGP with {} ({}): Established, AS {}", now.peer, now.address.to_string(), now.peer_asn);
  }
  if (change.to != State::idle && change.to != State::active && change.from != State::established) return;
  if (!now.last_end) return;
  const std::string text = fmt::format("{}: {}", to_string(now.last_end->reason), now.last_end->text);
  if (std::exchange(logged_, text) == text) return;
  log::warn("BGP with {} ({}): {} ({})", now.peer, now.address.to_string(), to_string(change.to), text);
}

void PeerRunner::pump() {
  for (;;) {
    const auto side = fsm_.established_side();
    if (!side || !at(*side) || at(*side)->queued() >= kAhead) return;
    const auto update = fsm_.next_update();
    if (!update) return;
    at(*side)->send(*update);
  }
}

TimePoint PeerRunner::stall_time() {
  const auto side = fsm_.established_side();
  const auto limit = fsm_.send_limit();
  if (!side || !limit || !at(*side) || at(*side)->queued() == 0) return kNever;
  return at(*side)->last_progress() + *limit;
}

void PeerRunner::arm() {
  const TimePoint next = std::min(fsm_.next_time(), stall_time());
  if (next == kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(next);
  timer_.async_wait([weak = weak_from_this()](const auto& failure) {
    const auto self = weak.lock();
    if (!failure && self) self->on_time();
  });
}

void PeerRunner::on_time() {
  const TimePoint now = Clock::now();
  if (now >= stall_time()) return perform(fsm_.on_send_stalled(*fsm_.established_side(), now));
  perform(fsm_.on_time(now));
}

}  // namespace naru::lb::bgp
