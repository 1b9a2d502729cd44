#include "daemon/dns_sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/log.h"
#include "daemon/process_setup.h"
#include "runtime/socket.h"

namespace naru::daemon {
namespace {

using runtime::SocketKind;

/// What arrives while no naru runs has to wait there: at 50,000 queries a second, half a second's.
constexpr int kHeldBufferBytes = 16 * 1024 * 1024;

bool usable(SocketKind kind) {
  return kind == SocketKind::udp || kind == SocketKind::tcp_listener;
}

}  // namespace

DnsSockets::DnsSockets(const std::vector<runtime::PassedSocket>& passed, const std::vector<SocketAddress>& listen) {
  for (const runtime::PassedSocket& each : passed) {
    const runtime::SocketShape shape = runtime::shape_of_socket(each.fd);
    runtime::UniqueFd fd(shape.kind == SocketKind::not_open ? -1 : each.fd);
    if (!usable(shape.kind)) {
      log::warn("descriptor {} ({}) was passed to be served, but is {}", each.fd, each.name, to_string(shape.kind));
      continue;
    }
    if (std::ranges::find(listen, shape.address) == listen.end()) {
      log::warn("the socket passed as descriptor {} ({}) is bound to {}, where dns.listen has nothing", each.fd,
                each.name, shape.address.to_string());
      continue;
    }
    const auto transport = shape.kind == SocketKind::udp ? dns::Transport::udp : dns::Transport::tcp;
    keep({shape.address, transport}, std::move(fd));
  }
}

void DnsSockets::inherit(std::vector<dns::SharedSocket> sockets) {
  for (dns::SharedSocket& each : sockets) keep(each.key, std::move(each.fd), each.held);
}

void DnsSockets::keep(const dns::ListenKey& key, runtime::UniqueFd fd, bool kept_elsewhere) {
  const auto protocol = key.transport == dns::Transport::udp ? Protocol::udp : Protocol::tcp;
  if (const auto prepared = runtime::prepare_passed(fd.get(), protocol, kHeldBufferBytes); !prepared) {
    log::warn("{}: {}", key.address.to_string(), prepared.error().message);
    return;
  }
  auto held = std::ranges::find(held_, key, &dns::HeldSockets::key);
  if (held == held_.end()) held = held_.insert(held_.end(), {key, kept_elsewhere, {}});
  held->fds.push_back(fd.get());
  owned_.push_back(std::move(fd));
}

void DnsSockets::hand_over(const std::vector<SocketAddress>& listen, unsigned workers, std::size_t room) {
  if (room < owned_.size() + listen.size() * workers * 2) return;
  for (const SocketAddress& address : listen) {
    const bool here = std::ranges::any_of(held_, [&](const auto& held) { return held.key.address == address; });
    if (!here && !runtime::is_taken(address)) hand_over_one(address, workers);
  }
}

void DnsSockets::hand_over_one(const SocketAddress& address, unsigned workers) {
  std::vector<runtime::UniqueFd> udp;
  std::vector<runtime::UniqueFd> tcp;
  for (unsigned i = 0; i < workers; ++i) {
    auto datagrams = runtime::bind_udp(address, kHeldBufferBytes);
    auto listener = runtime::listen_tcp(address);
    if (!datagrams || !listener) return;
    udp.push_back(std::move(*datagrams));
    tcp.push_back(std::move(*listener));
  }
  for (unsigned i = 0; i < workers; ++i) {
    // FDPOLL=0: else systemd would drop one on which it sees an error that is ours to read.
    const std::string state = fmt::format("FDSTORE=1\nFDNAME={}\nFDPOLL=0", kStoredName);
    const std::array<int, 2> both{udp[i].get(), tcp[i].get()};
    notify_service_manager(state, both);
    keep({address, dns::Transport::udp}, std::move(udp[i]));
    keep({address, dns::Transport::tcp}, std::move(tcp[i]));
  }
}

std::string DnsSockets::summary() const {
  std::string text;
  for (const dns::HeldSockets& held : held_) {
    const std::string_view protocol = held.key.transport == dns::Transport::udp ? "UDP" : "TCP";
    text +=
        fmt::format("{}{} {} ({})", text.empty() ? "" : ", ", protocol, held.key.address.to_string(), held.fds.size());
  }
  return text;
}

std::size_t service_manager_room() {
  const char* value = std::getenv("FDSTORE");
  const std::string_view text = value != nullptr ? value : "";
  std::size_t room = 0;
  std::from_chars(text.data(), text.data() + text.size(), room);
  return std::getenv("NOTIFY_SOCKET") != nullptr ? room : 0;
}

}  // namespace naru::daemon
