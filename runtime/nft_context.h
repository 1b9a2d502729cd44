// A context of libnftables that cannot end the process.
#pragma once

#include <nftables/libnftables.h>

#include <memory>

namespace naru::runtime {

struct FreeNft {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};
using NftContext = std::unique_ptr<nft_ctx, FreeNft>;

/// Null if there is none to be had. libnftables waits for the kernel with select(), which aborts the process where its
/// descriptor is 1024 or above, and exits where netlink cannot be opened: so both are tried here first. A process that
/// will have many descriptors open makes its contexts early. What is said goes into the context's buffers.
[[nodiscard]] NftContext make_nft_context();

}  // namespace naru::runtime
