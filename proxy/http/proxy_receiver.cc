#include "proxy/http/proxy_receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "proxy/http/engine.h"

namespace naru::proxy {

void ProxyReceiver::begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client,
                          const SocketAddress& address) {
  auto* receiver = new ProxyReceiver(engine, binding, std::move(client), address, http::Version::http11);
  engine.clients.push_back(*receiver);  // owned from here on
  ++engine.count;
  if (!receiver->admit()) return;
  if (!receiver->trusts(address.ip)) return receiver->end(Outcome::bad_proxy_header);
  receiver->set_deadline(receiver->now() + receiver->settings().timeouts.request_head);
}

bool ProxyReceiver::trusts(const IpAddress& sender) const {
  const auto& trusted = port().settings.proxy_protocol.trusted;
  return trusted.empty() || std::ranges::any_of(trusted, [&](const Cidr& cidr) { return cidr.contains(sender); });
}

void ProxyReceiver::serve() {
  if (!buffer_) buffer_ = engine_.pools.buffers.get();
  while (peer_.readable) {
    const auto got = ::recv(peer_.fd.get(), buffer_.get() + size_, BufferPool::kSize - size_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) return end(size_ == 0 ? Outcome::closed : Outcome::bad_proxy_header);
    size_ += static_cast<std::size_t>(got);
    if (take_header()) return;
  }
  peer_.readable = false;
}

bool ProxyReceiver::take_header() {
  ProxyHeader header;
  const std::string_view bytes{buffer_.get(), size_};
  const ProxyParse parsed = parse_proxy_header(bytes, header);
  if (parsed.state == ProxyParse::State::incomplete) return false;
  if (parsed.state == ProxyParse::State::bad) {
    port().state->proxy_faults[static_cast<std::size_t>(parsed.fault)].add();
    end(Outcome::bad_proxy_header);
    return true;
  }
  // A sender that does not say whom it speaks for speaks for itself.
  const SocketAddress from = header.local || !header.source ? info_.address : *header.source;
  BufferPool::Buffer buffer = std::move(buffer_);
  engine_.serve(binding_, hand_over(), from, bytes.substr(parsed.size));
  engine_.pools.buffers.put(std::move(buffer));
  return true;
}

bool ProxyReceiver::on_end(Outcome outcome) {
  if (buffer_) engine_.pools.buffers.put(std::move(buffer_));
  return outcome != Outcome::closed;
}

}  // namespace naru::proxy
