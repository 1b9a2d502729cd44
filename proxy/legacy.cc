#include "proxy/legacy.h"

#include <utility>

namespace naru::proxy {

void Inherited::take(Legacy legacy) {
  for (SharedListener& each : legacy.listeners) listeners_.insert_or_assign(each.key, std::move(each.fd));
  for (const KnownFlow& flow : legacy.flows) {
    flows_.insert_or_assign(FlowKey{flow.frontend, flow.client}, flow.endpoint);
  }
}

runtime::UniqueFd Inherited::listener(const FrontendKey& key) {
  auto found = listeners_.extract(key);
  return found ? std::move(found.mapped()) : runtime::UniqueFd();
}

std::optional<SocketAddress> Inherited::endpoint(const FrontendKey& frontend, const SocketAddress& client) {
  if (flows_.empty()) return std::nullopt;
  const auto found = flows_.extract({frontend, client});
  return found ? std::optional(found.mapped()) : std::nullopt;
}

}  // namespace naru::proxy
