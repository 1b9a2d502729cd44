// A context of libnftables that cannot end the process.
#pragma once

#include <nftables/libnftables.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace naru::runtime {

struct FreeNft {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};
using NftContext = std::unique_ptr<nft_ctx, FreeNft>;

/// Null if there is none to be had, or this process may not use it: it costs a sidecar a megabyte. libnftables waits
/// for the kernel with select(), which aborts the process where its descriptor is 1024 or above, and exits where
/// netlink cannot be opened: so both are tried here first. A process that will have many descriptors open makes its
/// contexts early. What is said goes into the context's buffers.
[[nodiscard]] NftContext make_nft_context();

/// Runs nft's commands, all or none; returns what they print. `context` may be null. Errors: permission, not_found (a
/// table or chain that is not there), else unavailable, with the first line of what nft says.
[[nodiscard]] Result<std::string> run_nft(nft_ctx* context, const std::string& commands);

}  // namespace naru::runtime
