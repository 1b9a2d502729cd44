#include "daemon/announcing_references.h"

#include <catch2/catch.hpp>

#include "config/loader.h"
#include "objects.h"

namespace naru::daemon {
namespace {

/// Whatever the YAML says.
DesiredState state_of(const std::string& text) {
  config::SourceUpdate update;
  config::Loaded loaded = config::load_documents(text, config::Origin("lb.yaml", 0));
  for (const auto& error : loaded.errors) FAIL(error.to_string());
  update.upserted = std::move(loaded.objects);
  DesiredState state;
  state.apply(update);
  return state;
}

std::vector<std::string> notices(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto& issue : announcing_notices(state_of(text))) lines.push_back(issue.to_string());
  return lines;
}

using Lines = std::vector<std::string>;

std::string object(const std::string& version, const std::string& kind, const std::string& spec) {
  return "---\napiVersion: metallb.io/" + version + "\nkind: " + kind + "\nmetadata: {name: a}\nspec: " + spec + "\n";
}

const std::string kPool = object("v1beta1", "IPAddressPool", "{addresses: [192.0.2.0/24]}");
const std::string kPeer = "myASN: 1, peerASN: 2, peerAddress: 10.0.0.1";

TEST_CASE("names of what does not exist are told, where they are written") {
  CHECK(notices(kPool + object("v1beta1", "L2Advertisement", "{ipAddressPools: [a]}")).empty());
  CHECK(notices(object("v1beta1", "L2Advertisement", "{ipAddressPools: [b]}")) ==
        Lines{"lb.yaml:5: L2Advertisement default/a: spec.ipAddressPools: there is no IPAddressPool b"});
  CHECK(notices(kPool +
                object("v1beta1", "BGPAdvertisement", "{ipAddressPools: [b], peers: [c], communities: [d, '1:2']}")) ==
        Lines{"lb.yaml:10: BGPAdvertisement default/a: spec.ipAddressPools: there is no IPAddressPool b",
              "lb.yaml:10: BGPAdvertisement default/a: spec.peers: there is no BGPPeer c",
              "lb.yaml:10: BGPAdvertisement default/a: spec.communities: there is no community d"});
  CHECK(notices(object("v1beta2", "BGPPeer", "{" + kPeer + ", bfdProfile: x}")) ==
        Lines{"lb.yaml:5: BGPPeer default/a: spec.bfdProfile: there is no BFDProfile x; the session goes without BFD"});
}

TEST_CASE("a peer that cannot be had is told why, and is none") {
  struct Row {
    std::string spec;
    std::string fault;
    std::string field;
  };
  const Row rows[] = {
      {"{" + kPeer + "}", "", ""},
      {"{" + kPeer + ", passwordSecret: {name: s}}", "there is no Secret default/s", "spec.passwordSecret"},
      {"{" + kPeer + ", passwordSecret: {name: s, namespace: other}}", "there is no Secret other/s", "spec.passwordSecret"},
      {"{" + kPeer + ", passwordSecret: {name: opaque}}",
       "Secret default/opaque is not of type kubernetes.io/basic-auth with a password", "spec.passwordSecret"},
      {"{" + kPeer + ", vrf: red}", "peerings in a VRF are not supported", "spec.vrf"},
      {"{myASN: 1, peerASN: 2, interface: eth0}",
       "unnumbered peerings are not supported: give peerAddress instead of interface", "spec.interface"},
  };
  const std::string secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: opaque}\ntype: Opaque\n";
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    const std::string text = object("v1beta2", "BGPPeer", row.spec) + secret;
    CHECK(resolve_peers(state_of(text)).at(0).fault == row.fault);
    Lines wanted;
    if (!row.fault.empty()) {
      wanted.push_back("lb.yaml:" + std::string(row.field == "spec.passwordSecret" ? "5" : "2") +
                       ": BGPPeer default/a: " + row.field + ": " + row.fault + "; there is no session with this peer");
    }
    CHECK(notices(text) == wanted);
  }
}

TEST_CASE("a peer has its password from the Secret, and its BFD profile") {
  const auto peers = resolve_peers(state_of(
      object("v1beta2", "BGPPeer", "{" + kPeer + ", passwordSecret: {name: s}, bfdProfile: a}") +
      object("v1beta1", "BFDProfile", "{detectMultiplier: 5}") +
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/basic-auth\nstringData: {password: "
      "word}\n"));
  REQUIRE(peers.size() == 1);
  CHECK(peers[0].fault.empty());
  CHECK(peers[0].password == "word");
  REQUIRE(peers[0].bfd != nullptr);
  CHECK(peers[0].bfd->detect_multiplier == 5);
}

TEST_CASE("communities by name and by value; one that is missing keeps the advertisement back") {
  const std::string names = object("v1beta1", "Community", "{communities: [{name: vpn, value: '64512:1'}]}");
  const auto good = resolve_bgp_advertisements(
      state_of(names + object("v1beta1", "BGPAdvertisement", "{communities: ['1:2', vpn]}")));
  CHECK(good.at(0).fault.empty());
  CHECK(good[0].communities == std::vector<config::CommunityValue>{{false, 1, 2, 0}, {false, 64512, 1, 0}});
  const auto bad =
      resolve_bgp_advertisements(state_of(names + object("v1beta1", "BGPAdvertisement", "{communities: [vpm]}")));
  CHECK(bad.at(0).fault == "there is no community vpm");
}

}  // namespace
}  // namespace naru::daemon
