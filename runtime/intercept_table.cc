#include "runtime/intercept_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>

#include "base/intercepted.h"
#include "runtime/capability.h"
#include "runtime/local_route.h"
#include "runtime/nft_context.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

// Another number than LocalRoutes has: those go with their process, these stay.
constexpr std::uint8_t kProtocol = 79;

Error no_permission(std::string_view what) {
  return Error{Errc::permission,
               fmt::format("cannot {}: {} (it needs CAP_NET_ADMIN in this network namespace: run it as root, or in a "
                           "container with securityContext.capabilities.add [NET_ADMIN]; naru run needs none)",
                           what, std::strerror(EPERM))};
}

Result<std::string> run(const std::string& commands, std::string_view what, bool json = false) {
  const NftContext context = make_nft_context();
  if (context && json) nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  auto printed = run_nft(context.get(), commands);
  if (printed || printed.error().code == Errc::not_found) return printed;
  if (printed.error().code == Errc::permission) return no_permission(what);
  return Error{Errc::unavailable, fmt::format("cannot {}: {} (the kernel needs nf_tables with NAT and connection "
                                              "tracking for the family inet)",
                                              what, printed.error().message)};
}

std::set<Cidr> routes_for(const std::vector<Cidr>& cidrs) {
  std::set<Cidr> routes;
  for (const Cidr& cidr : cidrs) {
    if (cidr.family() == Family::ipv6) routes.insert(intercepted(cidr));
  }
  return routes;
}

Result<void> add_routes(Netlink& netlink, const std::set<Cidr>& routes) {
  for (const Cidr& cidr : routes) {
    const int error = add_local_route(netlink, {cidr, 0, kProtocol});
    if (error == 0 || error == EEXIST) continue;
    const auto what = fmt::format("make {} local", cidr.to_string());
    if (error == EPERM) return no_permission(what);
    return socket_error(error, "cannot " + what);
  }
  return {};
}

/// Returns how many it removed.
Result<std::size_t> remove_routes(Netlink& netlink, const std::set<Cidr>& but) {
  const auto routes = local_routes_of(netlink, Family::ipv6, kProtocol);
  if (!routes) return routes.error();
  std::size_t removed = 0;
  for (const LocalRoute& route : *routes) {
    if (but.contains(route.cidr)) continue;
    const int error = remove_local_route(netlink, route);
    if (error == EPERM) return no_permission("remove the route to " + route.cidr.to_string());
    if (error == 0) ++removed;
  }
  return removed;
}

}  // namespace

Result<void> install_intercept(const InterceptRules& rules) {
  // Routes before rules, so that nothing is redirected to where nobody is; and after them those that are of no use now.
  Netlink netlink;
  if (!may_administer_network()) return no_permission("write the rules of interception");
  const std::set<Cidr> routes = routes_for(rules.cidrs);
  if (auto added = add_routes(netlink, routes); !added) return added;
  if (auto done = run(intercept_script(rules), "write the rules of interception"); !done) {
    if (const auto before = read_intercept(); before && !*before) (void)remove_routes(netlink, {});
    return done.error();
  }
  if (auto removed = remove_routes(netlink, routes); !removed) return removed.error();
  return {};
}

Result<bool> remove_intercept() {
  const auto before = read_intercept();
  if (!before) return before.error();
  if (*before) {
    auto done = run(intercept_removal_script(), "remove the rules of interception");
    if (!done) return done.error();
  }
  Netlink netlink;
  const auto removed = remove_routes(netlink, {});
  if (!removed) return removed.error();
  return before->has_value() || *removed > 0;
}

Result<std::optional<std::string>> read_intercept() {
  auto listed = run(fmt::format("list table inet {}", kInterceptTable), "read the rules of interception", true);
  if (listed) return std::optional<std::string>(std::move(*listed));
  if (listed.error().code == Errc::not_found) return std::optional<std::string>();
  return listed.error();
}

}  // namespace naru::runtime
