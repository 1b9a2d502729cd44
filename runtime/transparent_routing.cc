#include "runtime/transparent_routing.h"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/claimed_number.h"
#include "runtime/netlink.h"
#include "runtime/nft_context.h"
#include "runtime/socket.h"

namespace naru::runtime {
namespace {

constexpr std::string_view kClaim = "naru-source";

Error failed(int error, std::string_view what) {
  const bool permission = error == EPERM || error == EACCES;
  return Error{permission ? Errc::permission : Errc::unavailable,
               fmt::format("{}: {}{}", what, std::strerror(error), permission ? " (it needs CAP_NET_ADMIN)" : "")};
}

}  // namespace

// A packet for a listener that is bound to all addresses is not an answer, though that may be transparent as well.
// Other parts of the mark stay as they are, for those who use them.
std::string marking_script(const std::string& table) {
  return fmt::format(
      "add table inet {0} {{ flags owner; }}\n"
      "add chain inet {0} answers {{ type filter hook prerouting priority -149; policy accept; }}\n"
      "add rule inet {0} answers iif != \"lo\" meta l4proto {{ tcp, udp, icmp, icmpv6 }} socket transparent 1 "
      "socket wildcard 0 meta mark set meta mark & {1:#x} | {2:#x}\n",
      table, ~TransparentRouting::kMarkMask, TransparentRouting::kMark);
}

struct TransparentRouting::Parts {
  [[nodiscard]] int change_rule(std::uint16_t type, std::uint16_t flags, Family family, std::uint32_t number);
  [[nodiscard]] int change_route(std::uint16_t type, std::uint16_t flags, Family family, std::uint32_t number);
  void remove(Family family, std::uint32_t number);
  [[nodiscard]] Result<std::set<std::uint32_t>> numbers_in_rules(Family family);
  [[nodiscard]] Result<std::set<std::uint32_t>> numbers_in_tables(Family family);
  [[nodiscard]] std::string table() const { return fmt::format("naru-source-{}", number.value); }

  NftContext nft{make_nft_context()};  // early: see there
  Netlink netlink;
  ClaimedNumber number;
};

int TransparentRouting::Parts::change_rule(std::uint16_t type, std::uint16_t flags, Family family, std::uint32_t n) {
  Netlink::Message request(type, static_cast<std::uint16_t>(NLM_F_ACK | flags));
  auto& header = request.put_header<fib_rule_hdr>();
  header.family = kernel_family(family);
  header.table = RT_TABLE_UNSPEC;
  header.action = FR_ACT_TO_TBL;
  request.put(FRA_PRIORITY, kBase + n);
  request.put(FRA_TABLE, kBase + n);
  request.put(FRA_FWMARK, kMark);
  request.put(FRA_FWMASK, kMarkMask);
  mnl_attr_put_u8(request.get(), FRA_PROTOCOL, kProtocol);
  return netlink.ask(request);
}

int TransparentRouting::Parts::change_route(std::uint16_t type, std::uint16_t flags, Family family, std::uint32_t n) {
  Netlink::Message request(type, static_cast<std::uint16_t>(NLM_F_ACK | flags));
  auto& header = request.put_header<rtmsg>();
  header.rtm_family = kernel_family(family);
  header.rtm_table = RT_TABLE_UNSPEC;
  header.rtm_protocol = kProtocol;
  header.rtm_scope = RT_SCOPE_HOST;
  header.rtm_type = RTN_LOCAL;
  request.put(RTA_TABLE, kBase + n);
  request.put(RTA_OIF, ::if_nametoindex("lo"));
  return netlink.ask(request);
}

/// What somebody has removed before us needs nothing more.
void TransparentRouting::Parts::remove(Family family, std::uint32_t n) {
  (void)change_rule(RTM_DELRULE, 0, family, n);
  (void)change_route(RTM_DELROUTE, 0, family, n);
}

Result<std::set<std::uint32_t>> TransparentRouting::Parts::numbers_in_rules(Family family) {
  Netlink::Message request(RTM_GETRULE, NLM_F_DUMP);
  request.put_header<fib_rule_hdr>().family = kernel_family(family);
  std::set<std::uint32_t> numbers;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) {
    std::uint32_t priority = 0;
    std::uint8_t protocol = 0;
    for_each_attribute(message, sizeof(fib_rule_hdr), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == FRA_PRIORITY) priority = mnl_attr_get_u32(&attribute);
      if (mnl_attr_get_type(&attribute) == FRA_PROTOCOL) protocol = mnl_attr_get_u8(&attribute);
    });
    if (protocol == kProtocol && priority > kBase && priority <= kBase + kMost) numbers.insert(priority - kBase);
  });
  if (error != 0 && error != EAFNOSUPPORT && error != EOPNOTSUPP) return failed(error, "cannot read ip rules");
  return numbers;
}

Result<std::set<std::uint32_t>> TransparentRouting::Parts::numbers_in_tables(Family family) {
  Netlink::Message request(RTM_GETROUTE, NLM_F_DUMP);
  request.put_header<rtmsg>().rtm_family = kernel_family(family);
  std::set<std::uint32_t> numbers;
  const int error = netlink.ask(request, [&](const nlmsghdr& message) {
    if (static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_protocol != kProtocol) return;
    std::uint32_t table = 0;
    for_each_attribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == RTA_TABLE) table = mnl_attr_get_u32(&attribute);
    });
    if (table > kBase && table <= kBase + kMost) numbers.insert(table - kBase);
  });
  if (error != 0 && error != EAFNOSUPPORT && error != EOPNOTSUPP) return failed(error, "cannot read routes");
  return numbers;
}

TransparentRouting::TransparentRouting() : parts_(std::make_unique<Parts>()) {}

TransparentRouting::~TransparentRouting() {
  clear();
}

/// The number stays claimed for the process's life, which is cheaper than to think about who takes it meanwhile.
Result<void> TransparentRouting::claim() {
  if (parts_->number.value != 0) return {};
  for (std::uint32_t number = 1; number <= kMost; ++number) {
    UniqueFd claim = claim_number(kClaim, number);
    if (claim) {
      // What a killed process has left under this number may not be what is wanted now.
      for (const Family family : {Family::ipv4, Family::ipv6}) parts_->remove(family, number);
      parts_->number = {number, std::move(claim)};
      return {};
    }
    if (errno != EADDRINUSE) return socket_error(errno, "cannot claim a number for policy routing");
  }
  return Error{Errc::exhausted, fmt::format("{} naru in this network namespace have policy routing already", kMost)};
}

Result<void> TransparentRouting::add_marking() {
  const auto done = run_nft(parts_->nft.get(), marking_script(parts_->table()));
  if (done) return {};
  const bool permission = done.error().code == Errc::permission;
  return Error{
      permission ? Errc::permission : Errc::unavailable,
      fmt::format("nftables refuse to match transparent sockets ({}): {}",
                  permission ? "it needs CAP_NET_ADMIN" : "it needs a kernel with nft_socket", done.error().message)};
}

Result<void> TransparentRouting::add(Family family) {
  if (has(family)) return {};
  if (auto claimed = claim(); !claimed) return claimed;
  const std::uint32_t n = parts_->number.value;
  if (const int error = parts_->change_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, family, n); error != 0) {
    return failed(error, fmt::format("cannot add a route to table {}", kBase + n));
  }
  if (const int error = parts_->change_rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, family, n); error != 0) {
    parts_->remove(family, n);
    return failed(error, fmt::format("cannot add ip rule {}", kBase + n));
  }
  auto marking = added_.empty() ? add_marking() : Result<void>{};
  if (marking) {
    added_.insert(family);
  } else {
    parts_->remove(family, n);
  }
  return marking;
}

void TransparentRouting::clear() {
  if (added_.empty()) return;
  (void)run_nft(parts_->nft.get(), fmt::format("delete table inet {}\n", parts_->table()));
  for (const Family family : added_) parts_->remove(family, parts_->number.value);
  added_.clear();
}

Result<std::size_t> TransparentRouting::remove_leftovers() {
  std::set<std::uint32_t> dead;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto numbers = parts_->numbers_in_rules(family);
    if (!numbers) return numbers.error();
    const auto more = parts_->numbers_in_tables(family);
    if (!more) return more.error();
    numbers->insert(more->begin(), more->end());
    for (const std::uint32_t number : *numbers) {
      const UniqueFd claimed = number == parts_->number.value ? UniqueFd() : claim_number(kClaim, number);
      if (!claimed) continue;
      parts_->remove(family, number);
      dead.insert(number);
    }
  }
  return dead.size();
}

}  // namespace naru::runtime
