#include "proxy/http/h2_upstream.h"

#include "proxy/http/engine.h"

namespace naru::proxy {

H2Upstream::~H2Upstream() {
  while (!connections_.empty()) connections_.front().abandon();
  while (!leaving_.empty()) leaving_.front().abandon();
}

Result<BackendStream*> H2Upstream::open(Transaction& transaction) {
  const auto& version = upstream_.port().port().settings.proxy_protocol.to_endpoints;
  std::string proxy_header = version ? transaction.proxy_header(*version) : std::string();
  for (H2Backend& backend : connections_) {
    if (backend.has_room(proxy_header)) return &backend.attach(transaction);
  }
  const auto connected = H2Backend::connect(*this, std::move(proxy_header));
  if (!connected) return connected.error();
  connections_.push_back(**connected);
  return &(*connected)->attach(transaction);
}

void H2Upstream::retire() {
  for (auto at = connections_.begin(); at != connections_.end();) (*at++).retire();
}

void H2Upstream::leaving(H2Backend& backend) {
  backend.unlink();
  leaving_.push_back(backend);
}

void H2Upstream::gone() {
  upstream_.h2_gone();
}

}  // namespace naru::proxy
