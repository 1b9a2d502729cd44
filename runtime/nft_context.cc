#include "runtime/nft_context.h"

#include <linux/netlink.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "runtime/unique_fd.h"

namespace naru::runtime {

NftContext make_nft_context() {
  {
    // The kernel gives the lowest free number, and will give it to the context next.
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
    constexpr int kSpare = 16;  // for what other threads open in between
    if (!socket || socket.get() >= FD_SETSIZE - kSpare) return nullptr;
  }
  NftContext context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context) return nullptr;
  nft_ctx_buffer_output(context.get());
  nft_ctx_buffer_error(context.get());
  return context;
}

}  // namespace naru::runtime
