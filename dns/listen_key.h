// What a DNS socket is bound to.
#pragma once

#include <compare>

#include "base/address.h"
#include "dns/types.h"

namespace naru::dns {

struct ListenKey {
  SocketAddress address;
  Transport transport{};
  friend auto operator<=>(const ListenKey&, const ListenKey&) = default;
};

}  // namespace naru::dns
