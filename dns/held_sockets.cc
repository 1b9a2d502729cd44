#include "dns/held_sockets.h"

namespace naru::dns {

std::vector<HeldSockets> share_of(std::span<const HeldSockets> held, unsigned index, unsigned workers) {
  std::vector<HeldSockets> share;
  for (const HeldSockets& all : held) {
    HeldSockets own{all.key, all.kept_elsewhere, {}};
    for (std::size_t i = index; i < all.fds.size(); i += workers) own.fds.push_back(all.fds[i]);
    share.push_back(std::move(own));
  }
  return share;
}

}  // namespace naru::dns
