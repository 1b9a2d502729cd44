// Who asks.
#pragma once

#include "base/address.h"
#include "dns/types.h"

namespace naru::dns {

struct Client {
  Transport transport{};
  SocketAddress address;
};

}  // namespace naru::dns
