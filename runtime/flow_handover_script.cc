#include <fmt/format.h>

#include "runtime/flow_handover.h"

namespace naru::runtime {
namespace {

struct Words {
  std::string_view family;   // of nft's tables
  std::string_view address;  // the type of an address in a set
};

Words words(Family family) {
  return family == Family::ipv4 ? Words{"ip", "ipv4_addr"} : Words{"ip6", "ipv6_addr"};
}

/// "add element ... { a, b }", or nothing for no elements.
std::string elements(const std::string& where, const std::string& list) {
  return list.empty() ? "" : fmt::format("add element {} {{ {} }}\n", where, list);
}

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

/// Before the kernel looks for a socket, and after it has looked for a known connection (priority -200).
std::string skeleton(const std::string& table, Family family) {
  const auto [ip, address] = words(family);
  return fmt::format(
      "add table {0} {1} {{ flags owner; }}\n"
      "add map {0} {1} previous {{ type {2} : {2}; }}\n"
      "add set {0} {1} moved {{ type {2}; }}\n"
      "add set {0} {1} own {{ type {2} . inet_service . {2} . inet_service; }}\n"
      "add chain {0} {1} arriving {{ type filter hook prerouting priority -150; policy accept; }}\n"
      "add rule {0} {1} arriving {0} daddr @moved tcp flags & syn == 0 ct state new,invalid "
      "{0} saddr . tcp sport . {0} daddr . tcp dport != @own dup to {0} daddr map @previous drop\n",
      ip, table, address);
}

std::string content(const std::string& table, Family family, const std::map<IpAddress, IpAddress>& previous_nodes,
                    const std::set<TcpFlow>& own) {
  std::string previous;
  std::string moved;
  std::string flows;
  for (const auto& [address, node] : previous_nodes) {
    if (address.family() != family || node.family() != family) continue;
    append(previous, fmt::format("{} : {}", address.to_string(), node.to_string()));
    append(moved, address.to_string());
  }
  for (const TcpFlow& flow : own) {
    if (flow.local.ip.family() != family) continue;
    append(flows, fmt::format("{} . {} . {} . {}", flow.peer.ip.to_string(), flow.peer.port.value(),
                              flow.local.ip.to_string(), flow.local.port.value()));
  }
  const std::string where = fmt::format("{} {} ", words(family).family, table);
  return elements(where + "previous", previous) + elements(where + "moved", moved) + elements(where + "own", flows);
}

}  // namespace

std::string handover_script(const std::string& table, const std::map<IpAddress, IpAddress>& previous_nodes,
                            const std::set<TcpFlow>& own, bool exists) {
  std::string script;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (exists) script += fmt::format("delete table {} {}\n", words(family).family, table);
    if (previous_nodes.empty()) continue;
    script += skeleton(table, family) + content(table, family, previous_nodes, own);
  }
  return script;
}

}  // namespace naru::runtime
