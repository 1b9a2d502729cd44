#include "proxy/http/engine.h"

#include "proxy/http/detector.h"
#include "proxy/http/h1_client.h"
#include "proxy/http/h2_client.h"
#include "proxy/http/proxy_receiver.h"

namespace naru::proxy {
namespace {

// Transactions kept for the next requests; a burst's rest goes back to the system.
constexpr std::size_t kSpareTransactions = 512;

}  // namespace

HttpEngine::~HttpEngine() {
  sweeping_ = true;  // nobody is left to sweep
  abort_all();
}

void HttpEngine::accept(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address) {
  if (binding.port->port().settings.proxy_protocol.required) {
    return ProxyReceiver::begin(*this, binding, std::move(client), address);
  }
  serve(binding, std::move(client), address, {});
}

void HttpEngine::serve(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                       std::string_view first) {
  switch (binding.port->port().settings.http.protocol) {
    case ApplicationProtocol::tcp:
      return TcpSession::begin(tcp, binding, std::move(client), address, first);
    case ApplicationProtocol::http:
    case ApplicationProtocol::http2:
      return H1Client::begin(*this, binding, std::move(client), address, first);
    case ApplicationProtocol::detect:
      return Detector::begin(*this, binding, std::move(client), address, first);
  }
}

void HttpEngine::accept_http2(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                              std::string_view first) {
  H2Client::begin(*this, binding, std::move(client), address, first);
}

std::unique_ptr<Transaction> HttpEngine::borrow() {
  if (spare.empty()) return std::make_unique<Transaction>(*this);
  auto transaction = std::move(spare.back());
  spare.pop_back();
  return transaction;
}

void HttpEngine::give_back(std::unique_ptr<Transaction> transaction) {
  if (transaction && spare.size() < kSpareTransactions) spare.push_back(std::move(transaction));
}

UpstreamPort& HttpEngine::upstream_port(const std::shared_ptr<PortEntry>& port) {
  auto& found = upstreams[port->port().id];
  if (!found) found = std::make_unique<UpstreamPort>(*this, port);
  return *found;
}

void HttpEngine::sweep_upstreams() {
  if (std::exchange(sweeping_, true)) return;
  context.reactor.defer([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    sweeping_ = false;
    std::erase_if(upstreams, [](const auto& entry) { return entry.second->sweep(); });
  });
}

void HttpEngine::forget_upstream(ServicePortId port, const UpstreamKey& key) {
  if (sweeping_) return;  // which looks at all of them, or is the end
  context.reactor.defer([this, port, key, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    if (const auto found = upstreams.find(port); found != upstreams.end()) found->second->forget_unused(key);
  });
}

void HttpEngine::drain() {
  draining = true;
  for (auto at = clients.begin(); at != clients.end();) (*at++).drain();
}

void HttpEngine::abort_all() {
  while (!clients.empty()) clients.front().end(Outcome::shutdown);
}

void HttpEngine::append_records(std::vector<ConnectionRecord>& records) const {
  for (const ClientConnection& client : clients) records.push_back(client.record());
}

}  // namespace naru::proxy
