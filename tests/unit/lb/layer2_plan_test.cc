#include "lb/layer2/plan.h"

#include <catch2/catch.hpp>

#include "tests/unit/lb/layer2_make.h"

namespace naru::lb::layer2 {
namespace {

using test::ip;

/// Up, with addresses of both families.
Interface ethernet(unsigned index, const std::string& name) {
  return {index, name, test::mac(static_cast<std::uint8_t>(index)), true, true, false, true, true};
}

const std::vector<std::string> kExcluded{"docker*", "cni0"};

/// The names of those of `interfaces` on which `address` is announced.
std::set<std::string> where(const std::string& address, const InterfaceSelection& selection,
                            const std::vector<Interface>& interfaces) {
  std::set<std::string> names;
  const auto placed = placements({{ip(address), selection}}, interfaces, kExcluded);
  for (const Interface& interface : interfaces) {
    if (placed.contains(interface.index)) names.insert(interface.name);
  }
  return names;
}

TEST_CASE("an address is announced on all interfaces that are fit for it") {
  struct Row {
    std::string what;
    std::function<void(Interface&)> change;
    bool if_all;
    bool if_named;
  };
  const auto row = GENERATE(values<Row>({
      {"an Ethernet interface with an address", [](Interface&) {}, true, true},
      {"down", [](Interface& i) { i.up = false; }, false, false},
      {"a tunnel, or loopback, or one with ARP off", [](Interface& i) { i.speaks_arp = false; }, false, false},
      {"a port of a bridge", [](Interface& i) { i.enslaved = true; }, false, true},
      {"without an address of the family", [](Interface& i) { i.has_ipv4 = false; }, false, true},
      {"without an address of the other family", [](Interface& i) { i.has_ipv6 = false; }, true, true},
      {"excluded by a glob", [](Interface& i) { i.name = "docker0"; }, false, true},
      {"excluded by its name", [](Interface& i) { i.name = "cni0"; }, false, true},
      {"not quite the excluded name", [](Interface& i) { i.name = "cni01"; }, true, true},
  }));
  INFO(row.what);
  Interface interface = ethernet(2, "eth0");
  row.change(interface);
  const std::set<std::string> itself{interface.name};
  const std::set<std::string> nowhere;
  CHECK(where("192.0.2.10", {}, {interface}) == (row.if_all ? itself : nowhere));
  CHECK(where("192.0.2.10", InterfaceSelection::only({interface.name}), {interface}) ==
        (row.if_named ? itself : nowhere));
}

TEST_CASE("selections of interfaces") {
  const std::vector<Interface> two{ethernet(2, "eth0"), ethernet(3, "eth1")};
  CHECK(where("192.0.2.10", {}, two) == std::set<std::string>{"eth0", "eth1"});
  CHECK(where("2001:db8::10", {}, two) == std::set<std::string>{"eth0", "eth1"});
  CHECK(where("192.0.2.10", InterfaceSelection::only({"eth1"}), two) == std::set<std::string>{"eth1"});
  CHECK(where("192.0.2.10", InterfaceSelection::only({"eth9"}), two).empty());
  CHECK(where("192.0.2.10", InterfaceSelection::only({}), two).empty());
  CHECK(where("192.0.2.10", {}, {}).empty());
  CHECK(placements({}, two, kExcluded).empty());
}

TEST_CASE("selections add up") {
  auto selection = InterfaceSelection::only({"eth0"});
  selection.include(InterfaceSelection::only({"eth1"}));
  CHECK(selection == InterfaceSelection::only({"eth0", "eth1"}));
  selection.include({});
  CHECK(selection == InterfaceSelection());
  selection.include(InterfaceSelection::only({"eth0"}));
  CHECK(selection == InterfaceSelection());
}

}  // namespace
}  // namespace naru::lb::layer2
