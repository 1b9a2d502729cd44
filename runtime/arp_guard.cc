#include "runtime/arp_guard.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "runtime/arp_rules.h"
#include "runtime/claimed_number.h"
#include "runtime/nft_context.h"

namespace naru::runtime {
namespace {

constexpr std::string_view kClaim = "naru-arp";
constexpr std::string_view kTable = "naru-";

std::string table_of(std::uint32_t number) {
  return fmt::format("{}{}", kTable, number);
}

/// The number in a line "table arp naru-7".
std::optional<std::uint32_t> number_of(std::string_view line) {
  const std::string prefix = fmt::format("table arp {}", kTable);
  if (!line.starts_with(prefix)) return std::nullopt;
  line.remove_prefix(prefix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return number;
}

Error failed(const Error& error) {
  const bool permission = error.code == Errc::permission;
  return Error{
      permission ? Errc::permission : Errc::io,
      fmt::format("cannot keep the kernel from answering ARP for load balancer addresses: {} ({}; or do it "
                  "beforehand for the whole host: `sysctl net.ipv4.conf.all.arp_ignore=1 "
                  "net.ipv4.conf.all.arp_announce=2`)",
                  error.message, permission ? "nftables need CAP_NET_ADMIN" : "it needs nftables with the ARP family")};
}

}  // namespace

struct ArpGuard::Parts {
  Result<std::string> run(const std::string& commands);
  Result<void> open();
  Result<void> rebuild();
  Result<void> change(const std::set<IpAddress>& to, bool interfaces_too);
  Result<void> sync(bool interfaces_too);

  NftContext nft{make_nft_context()};  // early: see there
  ClaimedNumber number;
  std::vector<HostAddress> host;
  std::set<IpAddress> wanted;
  std::optional<std::set<IpAddress>> held;  // by the table; nothing where there is none
};

Result<std::string> ArpGuard::Parts::run(const std::string& commands) {
  auto printed = run_nft(nft.get(), commands);
  if (!printed) return failed(printed.error());
  return printed;
}

Result<void> ArpGuard::Parts::open() {
  if (!nft) nft = make_nft_context();
  if (auto usable = run(""); !usable) return usable.error();
  if (number.value != 0) return {};
  auto claimed = ClaimedNumber::any(kClaim);
  if (!claimed) return claimed.error();
  number = std::move(*claimed);
  return {};
}

Result<void> ArpGuard::Parts::rebuild() {
  auto to = holdable(wanted, host);
  if (auto made = run(arp_table(table_of(number.value), to, host)); !made) return made.error();
  held = std::move(to);
  return {};
}

Result<void> ArpGuard::Parts::change(const std::set<IpAddress>& to, bool interfaces_too) {
  const std::string table = table_of(number.value);
  std::string commands = arp_held_change(table, *held, to);
  if (interfaces_too) commands += arp_senders_change(table, host);
  if (commands.empty()) return {};
  // Somebody may have flushed the host's rules, ours with them: then all is made anew.
  if (!run(commands)) return rebuild();
  held = to;
  return {};
}

Result<void> ArpGuard::Parts::sync(bool interfaces_too) {
  auto addresses = host_addresses();
  if (!addresses) return addresses.error();
  host = std::move(*addresses);
  const auto to = holdable(wanted, host);
  if (!held && to.empty()) return {};  // nothing to hold needs no privilege
  if (auto opened = open(); !opened) return opened;
  return held ? change(to, interfaces_too) : rebuild();
}

ArpGuard::ArpGuard() : parts_(std::make_unique<Parts>()) {}

ArpGuard::~ArpGuard() {
  if (parts_->held) (void)parts_->run(fmt::format("delete table arp {}\n", table_of(parts_->number.value)));
}

Result<void> ArpGuard::hold(const std::set<IpAddress>& addresses) {
  parts_->wanted = addresses;
  return parts_->sync(false);
}

Result<void> ArpGuard::refresh() {
  return parts_->sync(true);
}

Result<std::size_t> ArpGuard::remove_leftovers() {
  if (auto opened = parts_->open(); !opened) return opened.error();
  const auto tables = parts_->run("list tables arp\n");
  if (!tables) return tables.error();
  std::size_t removed = 0;
  for (const std::string_view line : split(*tables, '\n')) {
    const auto number = number_of(line);
    if (!number || *number == parts_->number.value || !claim_number(kClaim, *number)) continue;
    if (auto gone = parts_->run(fmt::format("delete table arp {}\n", table_of(*number))); !gone) return gone.error();
    ++removed;
  }
  return removed;
}

}  // namespace naru::runtime
