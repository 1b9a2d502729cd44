#include "runtime/nft_context.h"

#include <linux/netlink.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "runtime/capability.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

namespace {

/// Without where in the script it was.
std::string first_line(std::string_view said) {
  std::string_view line = said.substr(0, said.find('\n'));
  constexpr std::string_view kBefore = "Error: ";
  if (const auto at = line.find(kBefore); at != line.npos) line.remove_prefix(at + kBefore.size());
  return std::string(trim(line));
}

}  // namespace

Result<std::string> run_nft(nft_ctx* context, const std::string& commands) {
  // Of which libnftables would speak on standard error.
  if (!may_administer_network()) return Error{Errc::permission, std::strerror(EPERM)};
  if (context == nullptr) {
    return Error{Errc::unavailable, "nftables cannot be used (no netlink, or more than 1000 descriptors are open)"};
  }
  const bool done = nft_run_cmd_from_buffer(context, commands.c_str()) == 0;
  std::string printed = nft_ctx_get_output_buffer(context);
  const std::string said = nft_ctx_get_error_buffer(context);
  if (done) return printed;
  const auto says = [&](int error) { return said.find(std::strerror(error)) != said.npos; };
  return Error{says(EPERM) ? Errc::permission : says(ENOENT) ? Errc::not_found : Errc::unavailable, first_line(said)};
}

NftContext make_nft_context() {
  if (!may_administer_network()) return nullptr;
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
