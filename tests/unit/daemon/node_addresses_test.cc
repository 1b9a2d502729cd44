// Which addresses answer on node ports.
#include "daemon/node_addresses.h"

#include <catch2/catch.hpp>

#include "objects.h"

namespace naru::daemon {
namespace {

using Texts = std::vector<std::string>;

/// A host with two networks, whose Node object names an address of its own.
struct Row {
  const char* sentence;
  config::NodePortAddresses setting;
  bool has_node_object;
  Texts addresses;
};

config::NodePortAddresses setting(bool primary, bool localhost, bool all, const std::vector<std::string>& cidrs = {}) {
  config::NodePortAddresses made;
  made.primary = primary;
  made.localhost = localhost;
  made.all = all;
  for (const std::string& cidr : cidrs) made.cidrs.push_back(Cidr::parse(cidr).value());
  return made;
}

TEST_CASE("nodePortAddresses") {
  const Texts everything = {"10.0.0.1", "10.0.0.5", "127.0.0.1", "192.168.1.1", "::1", "fd00::1"};
  const Row row = GENERATE_REF(
      Row{"by default the InternalIPs", {}, true, {"10.0.0.5"}},
      Row{"without a Node object the primary addresses", {}, false, {"10.0.0.1", "fd00::1"}},
      Row{"primary is the default", setting(true, false, false), true, {"10.0.0.5"}},
      Row{"localhost, of each family that the host has", setting(false, true, false), true, {"127.0.0.1", "::1"}},
      Row{"all, the InternalIPs among them, each once", setting(false, false, true), true, everything},
      Row{"of a CIDR those that the host has", setting(false, false, false, {"192.168.0.0/16"}), true, {"192.168.1.1"}},
      Row{"and those that the Node object says", setting(false, false, false, {"10.0.0.4/31"}), true, {"10.0.0.5"}},
      Row{"of a CIDR that the host is not in, none", setting(false, false, false, {"172.16.0.0/12"}), true, {}},
      Row{"several settings together",
          setting(true, true, false, {"fd00::/16"}),
          true,
          {"10.0.0.5", "127.0.0.1", "::1", "fd00::1"}});
  INFO(row.sentence);
  HostAddresses host;
  host.all = {ip("127.0.0.1"), ip("::1"), ip("10.0.0.1"), ip("192.168.1.1"), ip("fd00::1")};
  host.primary = {ip("10.0.0.1"), ip("fd00::1")};
  config::Node node;
  node.addresses = {{config::NodeAddressType::internal_ip, ip("10.0.0.5")},
                    {config::NodeAddressType::external_ip, ip("203.0.113.9")}};
  Texts found;
  for (const IpAddress& one : node_port_addresses(row.setting, row.has_node_object ? &node : nullptr, host)) {
    found.push_back(one.to_string());
  }
  CHECK(found == row.addresses);
}

TEST_CASE("localhost on a host without IPv6 is IPv4's") {
  HostAddresses host;
  host.all = {ip("127.0.0.1"), ip("10.0.0.1")};
  CHECK(node_port_addresses(setting(false, true, false), nullptr, host) == std::vector<IpAddress>{ip("127.0.0.1")});
}

}  // namespace
}  // namespace naru::daemon
