#include <catch2/catch.hpp>

#include "config/base64.h"
#include "loading.h"

namespace naru::config {
namespace {

using testing::errors_of;
using testing::load;
using testing::only;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

struct Row {
  const char* spec;   // from line 5 on
  const char* error;  // after the object's name; "": none
  int line{5};
};

std::string object(std::string_view version, std::string_view kind, std::string_view spec) {
  return "apiVersion: " + std::string(version) + "\nkind: " + std::string(kind) +
         "\nmetadata: {name: a, namespace: metallb-system}\nspec:\n" + std::string(spec);
}

void check_rows(std::string_view version, std::string_view kind, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    Lines wanted;
    if (*row.error != '\0')
      wanted.push_back("t.yaml:" + std::to_string(row.line) + ": " + std::string(kind) + " metallb-system/a: spec." +
                       row.error);
    CHECK(errors_of(object(version, kind, row.spec)) == wanted);
  }
}

TEST_CASE("an L2Advertisement is read") {
  const auto read =
      only<L2Advertisement>(object("metallb.io/v1beta1", "L2Advertisement", R"(  ipAddressPools: [first, second]
  ipAddressPoolSelectors: [{matchLabels: {zone: east}}]
  nodeSelectors: [{matchLabels: {kubernetes.io/hostname: NodeA}}, {matchExpressions: [{key: a, operator: Exists}]}]
  interfaces: [eth0, bond0.100]
  preferredNodeSelectors: [{weight: 100, preference: {matchLabels: {edge: "true"}}}]
)"));
  REQUIRE(read->scope.pools.size() == 2);
  CHECK(read->scope.pools[1].name == "second");
  CHECK(read->scope.pools[1].line == 5);
  CHECK(read->scope.pool_selectors.at(0).matches({{"zone", "east"}}));
  CHECK(read->scope.node_selectors.size() == 2);
  CHECK(read->scope.service_selectors.empty());
  CHECK(read->interfaces == Lines{"eth0", "bond0.100"});
  CHECK(read->preferences.at(0).weight == 100);
  CHECK(read->preferences.at(0).selector.matches({{"edge", "true"}}));
}

TEST_CASE("advertisements may have no spec at all: all pools, all nodes") {
  const std::string head = "apiVersion: metallb.io/v1beta1\nmetadata: {name: a}\nkind: ";
  CHECK(only<L2Advertisement>(head + "L2Advertisement\n")->scope.pools.empty());
  CHECK(only<BgpAdvertisement>(head + "BGPAdvertisement\n")->aggregation_length == 32);
  CHECK(only<BfdProfile>(head + "BFDProfile\n")->receive_interval == 300ms);
  CHECK(only<Community>(head + "Community\n")->aliases.empty());
}

TEST_CASE("each rule of an L2Advertisement is reported") {
  check_rows("metallb.io/v1beta1", "L2Advertisement",
             {{"  ipAddressPool: [a]\n", "ipAddressPool: unknown field; did you mean \"ipAddressPools\"?"},
              {"  ipAddressPools: [a, a]\n", "ipAddressPools[1]: Duplicate value: \"a\""},
              {"  ipAddressPools: ['']\n", "ipAddressPools[0]: Required value"},
              {"  interfaces: [eth0/1]\n", "interfaces[0]: \"eth0/1\": must be the name of a network interface"},
              {"  interfaces: [a23456789012345]\n", ""},
              {"  interfaces: [a234567890123456]\n",
               "interfaces[0]: \"a234567890123456\": must be the name of a network interface"},
              {"  interfaces: [eth0, eth0]\n", "interfaces[1]: Duplicate value: \"eth0\""},
              {"  preferredNodeSelectors: [{weight: 0, preference: {}}]\n",
               "preferredNodeSelectors[0].weight: 0 is outside 1..100"},
              {"  preferredNodeSelectors: [{weight: 101, preference: {}}]\n",
               "preferredNodeSelectors[0].weight: 101 is outside 1..100"},
              {"  preferredNodeSelectors: [{weight: 1}]\n", "preferredNodeSelectors[0].preference: Required value"},
              {"  preferredNodeSelectors: [{preference: {}}]\n", "preferredNodeSelectors[0].weight: Required value"},
              {"  nodeSelectors: [{matchLabel: {a: b}}]\n",
               "nodeSelectors[0].matchLabel: unknown field; did you mean \"matchLabels\"?"}});
}

TEST_CASE("a BGPAdvertisement is read") {
  const auto read = only<BgpAdvertisement>(object("metallb.io/v1beta1", "BGPAdvertisement", R"(  ipAddressPools: [first]
  aggregationLength: 24
  aggregationLengthV6: 64
  localPref: 4294967295
  communities: [65535:65282, vpn-only, 'large:4294967295:1:2']
  peers: [peer-a]
)"));
  CHECK(read->aggregation_length == 24);
  CHECK(read->aggregation_length_v6 == 64);
  CHECK(read->local_pref == 4294967295U);
  CHECK(read->communities == std::vector<CommunityValue>{{false, 65535, 65282, 0}, {true, 4294967295U, 1, 2}});
  CHECK(read->community_names.at(0).name == "vpn-only");
  CHECK(read->peers.at(0).name == "peer-a");
}

TEST_CASE("each rule of a BGPAdvertisement is reported") {
  const std::string bad =
      ": must be a community as in 65535:65281, each number at most 65535, or a large one as in large:64512:100:1, "
      "each number at most 4294967295";
  check_rows("metallb.io/v1beta1", "BGPAdvertisement",
             {{"  aggregationLength: 0\n", "aggregationLength: 0 is outside 1..32"},
              {"  aggregationLength: 33\n", "aggregationLength: 33 is outside 1..32"},
              {"  aggregationLengthV6: 129\n", "aggregationLengthV6: 129 is outside 1..128"},
              {"  localPref: -1\n", "localPref: -1 is outside 0..4294967295"},
              {"  localPref: 4294967296\n", "localPref: 4294967296 is outside 0..4294967295"},
              {"  communities: [1:65536]\n", ("communities[0]: \"1:65536\"" + bad).c_str()},
              {"  communities: ['1:']\n", ("communities[0]: \"1:\"" + bad).c_str()},
              {"  communities: ['1:2:3']\n", ("communities[0]: \"1:2:3\"" + bad).c_str()},
              {"  communities: ['large:1:2:4294967296']\n", ("communities[0]: \"large:1:2:4294967296\"" + bad).c_str()},
              {"  communities: ['1:2', '1:2']\n", "communities[1]: Duplicate value: \"1:2\""},
              {"  peers: [Peer_A]\n",
               "peers[0]: \"Peer_A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
               "characters, '-' or '.', and must start and end with an alphanumeric character"}});
}

TEST_CASE("a community is written as it is read") {
  for (const char* text : {"0:0", "65535:65281", "large:1:2:3"})
    CHECK(CommunityValue::parse(text)->to_string() == text);
}

TEST_CASE("a Community object gives names to values") {
  const auto read =
      only<Community>(object("metallb.io/v1beta1", "Community", "  communities: [{name: vpn-only, value: 1234:1}]\n"));
  CHECK(read->aliases.at(0).name == "vpn-only");
  CHECK(read->aliases.at(0).value == CommunityValue{false, 1234, 1, 0});
  check_rows("metallb.io/v1beta1", "Community",
             {{"  communities: [{name: a}]\n", "communities[0].value: Required value"},
              {"  communities: [{value: 1:1}]\n", "communities[0].name: Required value"},
              {"  communities: [{name: 'a:b', value: 1:1}]\n",
               "communities[0].name: \"a:b\": must have no colon, to be told from a value"},
              {"  communities: [{name: a, value: 1:1}, {name: a, value: 1:2}]\n",
               "communities[1].name: Duplicate value: \"a\""}});
}

TEST_CASE("a BGPPeer is read, of either version") {
  for (const char* version : {"metallb.io/v1beta1", "metallb.io/v1beta2"}) {
    const auto read = only<BgpPeer>(object(version, "BGPPeer", R"(  myASN: 64500
  peerASN: 4200000001
  peerAddress: 10.0.0.1
  sourceAddress: 10.0.0.2
  peerPort: 1179
  holdTime: 3m0s
  keepaliveTime: 60s
  connectTime: 5s
  routerID: 10.10.10.10
  nodeSelectors: [{matchLabels: {rack: frontend}}]
  passwordSecret: {name: bgp-secret}
  bfdProfile: fast
  enableGracefulRestart: true
  ebgpMultiHop: true
  vrf: red
  dualStackAddressFamily: true
)"));
    CHECK(read->my_asn == 64500);
    CHECK(read->peer_asn == 4200000001U);
    CHECK(read->address == IpAddress::parse("10.0.0.1").value());
    CHECK(read->source_address == IpAddress::parse("10.0.0.2").value());
    CHECK(read->port == Port(1179));
    CHECK(read->hold_time == 180s);
    CHECK(read->keepalive_time == 60s);
    CHECK(read->connect_time == 5s);
    CHECK(read->router_id == IpAddress::parse("10.10.10.10").value());
    CHECK(read->node_selectors.size() == 1);
    CHECK(read->password_secret.name == "bgp-secret");
    CHECK(read->password_secret_namespace == "metallb-system");
    CHECK(read->bfd_profile.name == "fast");
    CHECK(read->graceful_restart);
    CHECK(read->ebgp_multi_hop);
    CHECK(read->vrf == "red");
    CHECK(read->dual_stack);
  }
}

TEST_CASE("a BGPPeer needs little") {
  const auto read = only<BgpPeer>(object("metallb.io/v1beta2", "BGPPeer",
                                         "  myASN: 64500\n  dynamicASN: external\n  peerAddress: '2001:db8::1'\n"));
  CHECK(read->dynamic_asn == DynamicAsn::external);
  CHECK(read->port == Port(179));
  CHECK_FALSE(read->hold_time.has_value());
}

TEST_CASE("each rule of a BGPPeer is reported") {
  check_rows("metallb.io/v1beta2", "BGPPeer",
             {{"  {peerASN: 1, peerAddress: 10.0.0.1}\n", "myASN: Required value", 4},
              {"  {myASN: 0, peerASN: 1, peerAddress: 10.0.0.1}\n", "myASN: 0 is no AS number (RFC 7607)"},
              {"  {myASN: 1, peerAddress: 10.0.0.1}\n", "peerASN: Required value, or dynamicASN", 4},
              {"  {myASN: 1, peerASN: 4294967296, dynamicASN: internal, peerAddress: 10.0.0.1}\n",
               "peerASN: 4294967296 is outside 0..4294967295"},
              {"  {myASN: 1, peerASN: 2, dynamicASN: internal, peerAddress: 10.0.0.1}\n",
               "dynamicASN: may not be set together with peerASN"},
              {"  {myASN: 1, dynamicASN: inner, peerAddress: 10.0.0.1}\n",
               "dynamicASN: Unsupported value: \"inner\": supported values: \"internal\", \"external\""},
              {"  {myASN: 1, peerASN: 2}\n", "peerAddress: Required value", 4},
              {"  {myASN: 1, peerASN: 2, interface: eth0}\n", ""},
              {"  {myASN: 1, peerASN: 2, interface: eth0, peerAddress: 10.0.0.1}\n",
               "interface: may not be set together with peerAddress"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, sourceAddress: '::1'}\n",
               "sourceAddress: \"::1\": must be of the IP family of peerAddress"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, routerID: '::1'}\n",
               "routerID: \"::1\": must be an IPv4 address"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, holdTime: 2s}\n",
               "holdTime: \"2s\": must be 0s or at least 3s (RFC 4271)"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, holdTime: 0s}\n", ""},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, holdTime: 3500ms}\n",
               "holdTime: \"3500ms\": must be whole seconds, at most 65535s"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, holdTime: 9s, keepaliveTime: 10s}\n",
               "keepaliveTime: \"10s\": must not be longer than holdTime"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, connectTime: 0s}\n",
               "connectTime: \"0s\": must be between 1s and 65535s"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, password: a, passwordSecret: {name: b}}\n",
               "passwordSecret: may not be set together with password"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, password: 12345}\n",
               "password: must be a string; one that looks like something else must be in quotes"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, peerPort: 0}\n", "peerPort: 0 is outside 1..65535"},
              {"  {myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, ebgpMultihop: true}\n",
               "ebgpMultihop: unknown field; did you mean \"ebgpMultiHop\"?"}});
}

TEST_CASE("a BFDProfile is read, and its rules reported") {
  const auto read = only<BfdProfile>(object("metallb.io/v1beta1", "BFDProfile", R"(  receiveInterval: 10
  transmitInterval: 60000
  detectMultiplier: 255
  echoInterval: 50
  echoMode: true
  passiveMode: true
  minimumTtl: 254
)"));
  CHECK(read->receive_interval == 10ms);
  CHECK(read->transmit_interval == 60s);
  CHECK(read->detect_multiplier == 255);
  CHECK(read->echo_mode);
  CHECK(read->passive_mode);
  check_rows("metallb.io/v1beta1", "BFDProfile",
             {{"  receiveInterval: 9\n", "receiveInterval: 9 is outside 10..60000"},
              {"  transmitInterval: 60001\n", "transmitInterval: 60001 is outside 10..60000"},
              {"  detectMultiplier: 1\n", "detectMultiplier: 1 is outside 2..255"},
              {"  detectMultiplier: 256\n", "detectMultiplier: 256 is outside 2..255"},
              {"  minimumTtl: 255\n", "minimumTtl: 255 is outside 1..254"},
              {"  detectMultiplyer: 3\n", "detectMultiplyer: unknown field; did you mean \"detectMultiplier\"?"}});
}

TEST_CASE("of Secrets only a password of basic authentication is read, and none is shown") {
  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
  const std::string basic = head + "type: kubernetes.io/basic-auth\n";
  CHECK(only<Secret>(basic + "data: {password: cGFzc3dvcmQ=}\n")->password == "password");
  CHECK(only<Secret>(basic + "stringData: {password: pass}\n")->password == "pass");
  CHECK_FALSE(only<Secret>(basic + "data: {username: eA==}\n")->password.has_value());
  CHECK_FALSE(only<Secret>(head + "type: Opaque\ndata: {password: '!'}\n")->password.has_value());
  CHECK_FALSE(only<Secret>(head + "data: null\n")->password.has_value());
  CHECK(
      errors_of(basic + "data: {password: hunter2}\n") ==
      Lines{
          "t.yaml:5: Secret default/a: data.password: must be base64 (RFC 4648); stringData takes the text as it is"});
  CHECK(errors_of(basic + "stringData: {password: 1234}\n") ==
        Lines{"t.yaml:5: Secret default/a: stringData.password: must be a string; one that looks like something else "
              "must be in quotes"});
}

TEST_CASE("base64: each length, and what is none") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("YQ==") == "a");
  CHECK(decode_base64("YWI=") == "ab");
  CHECK(decode_base64("YWJj") == "abc");
  CHECK(decode_base64("YW\nJj\n") == "abc");
  CHECK(decode_base64("+/+/")->size() == 3);
  for (const char* bad : {"YQ", "YQ=", "YQ=a", "Y===", "====", "YQ*=", "=YQ="}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad).has_value());
  }
}

TEST_CASE("a Node tells whether its network is there") {
  const std::string head = "apiVersion: v1\nkind: Node\nmetadata: {name: w1}\nstatus: {conditions: [";
  CHECK(only<Node>(head + "{type: NetworkUnavailable, status: 'True'}]}\n")->network_unavailable);
  CHECK_FALSE(only<Node>(head + "{type: NetworkUnavailable, status: 'False'}]}\n")->network_unavailable);
  CHECK_FALSE(only<Node>(head + "]}\n")->network_unavailable);
}

}  // namespace
}  // namespace naru::config
