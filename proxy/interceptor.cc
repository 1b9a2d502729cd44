#include "proxy/interceptor.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/intercepted.h"
#include "proxy/frontends.h"
#include "proxy/udp_listener.h"
#include "runtime/original_destination.h"
#include "runtime/socket.h"

namespace naru::proxy {

std::string_view to_string(InterceptRefusal refusal) {
  return refusal == InterceptRefusal::not_redirected ? "not_redirected" : "no_service";
}

bool Interception::covers(const IpAddress& address) const {
  return std::ranges::any_of(cidrs, [&](const Cidr& cidr) { return cidr.contains(address); });
}

/// Where redirected connections arrive.
class Interceptor::Socket final : public Acceptor {
 public:
  Socket(Interceptor& owner, runtime::UniqueFd fd) : Acceptor(owner.engine_, std::move(fd)), owner_(owner) {}
  ~Socket() override { close(); }

 private:
  void take(runtime::UniqueFd client, const SocketAddress& from) override { owner_.take(std::move(client), from); }
  void on_refused() override {}  // whom it was for would have taken a descriptor to tell

  Interceptor& owner_;
};

/// A TCP frontend: its place among those that are looked up.
class Interceptor::Member final : public Listener {
 public:
  Member(Interceptor& owner, const Binding& binding) : owner_(owner), address_(binding.key.address) {
    owner_.members_[address_] = &binding;
  }
  ~Member() override { owner_.members_.erase(address_); }

  void on_binding_changed() override {}
  void accept_queued() override { owner_.take_queued(); }
  void drain() override {}
  void hand_over() override {}
  [[nodiscard]] int socket() const override { return -1; }
  void append_flows(std::vector<KnownFlow>&) const override {}
  [[nodiscard]] std::size_t connection_count() const override { return 0; }
  void append_records(std::vector<ConnectionRecord>&) const override {}

 private:
  Interceptor& owner_;
  const SocketAddress address_;
};

Interceptor::Interceptor(TcpEngine& engine, const Interception& interception, const AcceptHandler& accept)
    : engine_(engine), interception_(interception), accept_(accept) {
  for (const SocketAddress& address : interception.listen) places_.push_back({address, nullptr, std::nullopt});
}

Interceptor::~Interceptor() = default;

Result<std::unique_ptr<Listener>> Interceptor::open(const Binding& binding) {
  const auto& [address, protocol] = binding.key;
  if (protocol == Protocol::tcp) return std::unique_ptr<Listener>(std::make_unique<Member>(*this, binding));
  const auto port = intercepted(address.port);
  if (port) return open_udp_listener(engine_.context, binding, {intercepted(address.ip), *port});
  return Error{
      Errc::unavailable,
      fmt::format("UDP {} cannot be intercepted: the ports {} to {} stand for those below {}", address.to_string(),
                  kLowPortsFirst.value(), kLowPortsLast.value(), kFirstUnprivilegedPort.value())};
}

void Interceptor::listen() {
  if (closed_) return;
  for (Place& place : places_) {
    if (place.socket) continue;
    auto opened = open_socket(place.address);
    std::optional<Error> failure = opened ? std::nullopt : std::optional(opened.error());
    if (opened) place.socket = std::move(*opened);
    const auto& report = engine_.context.reports.on_listen_result;
    if (report && failure != place.failure) report({place.address, Protocol::tcp}, failure);
    place.failure = std::move(failure);
  }
}

Result<std::unique_ptr<Interceptor::Socket>> Interceptor::open_socket(const SocketAddress& address) {
  runtime::UniqueFd fd = engine_.context.inherited.listener({address, Protocol::tcp});
  if (!fd) {
    auto opened = runtime::listen_tcp(address);
    if (!opened) return opened.error();
    fd = std::move(*opened);
  }
  watch_peer(fd.get());  // inherited by every connection
  auto socket = std::make_unique<Socket>(*this, std::move(fd));
  if (!socket->watch()) return runtime::socket_error(errno, "cannot watch TCP " + address.to_string());
  return socket;
}

void Interceptor::take(runtime::UniqueFd client, const SocketAddress& from) {
  const auto to = runtime::original_destination(client.get(), from.ip.family());
  const bool own = !to || std::ranges::find(interception_.listen, *to) != interception_.listen.end();
  if (own) return refuse(InterceptRefusal::not_redirected, std::move(client));
  const Binding* binding = find(*to);
  if (binding == nullptr) return refuse(InterceptRefusal::no_service, std::move(client));
  accept_(*binding, std::move(client), from);
}

const Binding* Interceptor::find(const SocketAddress& address) const {
  const auto found = members_.find(address);
  if (found == members_.end()) return nullptr;
  const Binding& binding = *found->second;
  const auto audience = audience_of(binding.port->port(), address.ip, binding.frontend, *engine_.context.origins);
  return audience == Audience::everyone || audience == Audience::cluster ? &binding : nullptr;
}

void Interceptor::refuse(InterceptRefusal why, runtime::UniqueFd client) {
  if (interception_.refused) interception_.refused->add(why);
  reset(std::move(client));
}

void Interceptor::take_queued() {
  for (Place& place : places_) {
    if (place.socket) place.socket->take_queued();
  }
}

void Interceptor::close() {
  closed_ = true;
  for (Place& place : places_) place.socket.reset();
}

void Interceptor::append_shared(Legacy& legacy) const {
  for (const Place& place : places_) {
    if (!place.socket) continue;
    runtime::UniqueFd copy(::fcntl(place.socket->descriptor(), F_DUPFD_CLOEXEC, 0));
    if (copy) legacy.listeners.push_back({{place.address, Protocol::tcp}, std::move(copy)});
  }
}

}  // namespace naru::proxy
