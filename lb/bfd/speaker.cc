#include "lb/bfd/speaker.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "base/log.h"
#include "lb/bfd/session_set.h"
#include "lb/bfd/sockets.h"
#include "runtime/socket.h"

namespace naru::lb::bfd {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

constexpr Duration kRetry = std::chrono::seconds(1);

std::uint64_t unguessable() {
  std::random_device device;  // the kernel's
  return std::uint64_t{device()} << 32 | device();
}

/// Says it once, not with every packet.
void note_fault(std::string& fault, std::string text) {
  if (fault != text && !text.empty()) log::warn("{}", text);
  fault = std::move(text);
}

void log_transition(const SessionKey& key, const Transition& change) {
  if (change.to == State::up) return log::info("BFD with {}: Up", key.peer.to_string());
  if (change.from != State::up) return log::debug("BFD with {}: {}", key.peer.to_string(), to_string(change.to));
  const bool orderly = change.remote == State::admin_down;
  log::warn("BFD with {}: {} ({}{})", key.peer.to_string(), to_string(change.to), to_string(change.diagnostic),
            orderly ? ", AdminDown there" : "");
}

}  // namespace

/// Handlers of Asio hold it weakly: one that is queued already when the speaker goes finds nothing.
struct Speaker::Parts : std::enable_shared_from_this<Speaker::Parts> {
  struct Receiver {
    std::shared_ptr<Descriptor> socket;
    std::string fault;
  };
  struct Sender {
    runtime::UniqueFd fd;
    bool multihop{};
    std::string fault;
  };

  Parts(asio::io_context& context, SpeakerEvents wanted)
      : io(context), timer(context), events(std::move(wanted)), random(unguessable()), set(unguessable(), counters) {}

  void configure(const std::map<SessionKey, SessionSettings>& sessions);
  void open_missing(TimePoint now);
  bool open(const ListenAt& at, Receiver& receiver);
  bool open(const SessionKey& key, Sender& sender);
  void wait_on(const ListenAt& at, const std::shared_ptr<Descriptor>& socket);
  void turn();
  void transmit(const Effects::Send& send);
  void arm();
  [[nodiscard]] std::string fault_of(const SessionInfo& info) const;

  asio::io_context& io;
  asio::steady_timer timer;
  SpeakerEvents events;
  Counters counters;
  Random random;  // of source ports
  SessionSet set;
  std::map<ListenAt, Receiver> receivers;
  std::map<SessionKey, Sender> senders;
  TimePoint retry_at{Session::kNever};
  TimePoint armed{Session::kNever};  // when the timer goes off; in the past if it should have
};

void Speaker::Parts::configure(const std::map<SessionKey, SessionSettings>& sessions) {
  const TimePoint now = Clock::now();
  Effects effects;
  set.configure(sessions, now, effects);
  for (const auto& send : effects.sends) transmit(send);  // before the sockets of those that are gone go, too
  std::erase_if(senders, [&](const auto& sender) { return !sessions.contains(sender.first); });
  for (const auto& [key, settings] : sessions) senders[key].multihop = settings.multihop;
  const std::set<ListenAt> points = listen_points(sessions);
  // Closed before others are opened: the wildcard address and a single one exclude each other.
  std::erase_if(receivers, [&](const auto& receiver) { return !points.contains(receiver.first); });
  for (const ListenAt& point : points) receivers[point];
  open_missing(now);
  arm();
}

void Speaker::Parts::open_missing(TimePoint now) {
  bool all = true;
  for (auto& [at, receiver] : receivers) all = (receiver.socket || open(at, receiver)) && all;
  for (auto& [key, sender] : senders) all = (sender.fd || open(key, sender)) && all;
  retry_at = all ? Session::kNever : now + kRetry;
}

bool Speaker::Parts::open(const ListenAt& at, Receiver& receiver) {
  auto opened = open_receiver(at);
  note_fault(receiver.fault, opened ? "" : opened.error().message);
  if (!opened) return false;
  receiver.socket = std::make_shared<Descriptor>(io, opened->release());
  wait_on(at, receiver.socket);
  return true;
}

bool Speaker::Parts::open(const SessionKey& key, Sender& sender) {
  auto opened = open_sender(key, random);
  note_fault(sender.fault, opened ? "" : opened.error().message);
  if (opened) sender.fd = std::move(*opened);
  return opened.has_value();
}

void Speaker::Parts::wait_on(const ListenAt& at, const std::shared_ptr<Descriptor>& socket) {
  socket->async_wait(Descriptor::wait_read,
                     [weak = weak_from_this(), at, held = std::weak_ptr(socket)](boost::system::error_code failed) {
                       const auto self = weak.lock();
                       if (failed || !self || held.expired()) return;
                       self->turn();
                       if (const auto still = held.lock()) self->wait_on(at, still);
                     });
}

/// The one place where anything happens, whatever woke us. `now` is taken first, and then all is read that had arrived:
/// so nothing that is judged by `now` is judged without what came before it.
void Speaker::Parts::turn() {
  const TimePoint now = Clock::now();
  const Duration lateness = armed < now ? now - armed : Duration::zero();
  Effects effects;
  for (const auto& [at, receiver] : receivers) {
    if (!receiver.socket) continue;
    read_all(receiver.socket->native_handle(), at.multihop,
             [&](const Arrival& arrival, auto payload) { set.receive(arrival, payload, now, effects); });
  }
  set.elapse(now, lateness, effects);
  if (retry_at <= now) open_missing(now);
  for (const auto& send : effects.sends) transmit(send);
  arm();
  for (const auto& [key, change] : effects.transitions) {
    log_transition(key, change);
    events.on_state(key, change);
  }
  for (const auto& [key, diagnostic] : effects.remote_diagnostics) events.on_remote_diagnostic(key, diagnostic);
}

void Speaker::Parts::transmit(const Effects::Send& send) {
  const auto found = senders.find(send.key);
  if (found == senders.end() || !found->second.fd) return counters.send_failures.add();
  Sender& sender = found->second;
  const int failed = send_packet(sender.fd.get(), send.key.peer, sender.multihop, send.bytes);
  (failed == 0 ? counters.sent : counters.send_failures).add();
  if (failed == 0) return sender.fault.clear();
  note_fault(sender.fault,
             runtime::socket_error(failed, fmt::format("BFD cannot send to {}", send.key.peer.to_string())).message);
}

/// A timer that goes off too early does no harm, so it is touched only where it would come too late.
void Speaker::Parts::arm() {
  const TimePoint due = std::min(set.deadline(), retry_at);
  if (due >= armed) return;
  armed = due;
  timer.expires_at(due);
  timer.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (failed || !self) return;
    self->turn();
    self->armed = Session::kNever;
    self->arm();
  });
}

std::string Speaker::Parts::fault_of(const SessionInfo& info) const {
  const bool multihop = info.settings.multihop;
  for (const auto& local : {info.key.local, std::optional<IpAddress>()}) {
    const auto receiver = receivers.find({info.key.peer.family(), multihop, local});
    if (receiver != receivers.end() && !receiver->second.fault.empty()) return receiver->second.fault;
  }
  const auto sender = senders.find(info.key);
  return sender == senders.end() ? "" : sender->second.fault;
}

Speaker::Speaker(asio::io_context& io, SpeakerEvents events) : parts_(std::make_shared<Parts>(io, std::move(events))) {}

Speaker::~Speaker() = default;

void Speaker::set_sessions(const std::map<SessionKey, SessionSettings>& sessions) {
  parts_->configure(sessions);
}

std::vector<SessionInfo> Speaker::sessions() const {
  auto infos = parts_->set.infos();
  for (SessionInfo& info : infos) {
    if (auto fault = parts_->fault_of(info); !fault.empty()) info.fault = std::move(fault);
  }
  return infos;
}

const Counters& Speaker::counters() const {
  return parts_->counters;
}

void Speaker::shut_down() {
  parts_->configure({});
}

}  // namespace naru::lb::bfd
