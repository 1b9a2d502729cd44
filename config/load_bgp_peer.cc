#include <fmt/format.h>

#include <array>

#include "config/load_advertisement.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

using std::chrono::seconds;

constexpr std::array<std::string_view, 20> kSpecFields = {"myASN",         "peerASN",
                                                          "dynamicASN",    "peerAddress",
                                                          "interface",     "sourceAddress",
                                                          "peerPort",      "holdTime",
                                                          "keepaliveTime", "connectTime",
                                                          "routerID",      "nodeSelectors",
                                                          "password",      "passwordSecret",
                                                          "bfdProfile",    "enableGracefulRestart",
                                                          "ebgpMultiHop",  "vrf",
                                                          "disableMP",     "dualStackAddressFamily"};

void load_asns(const Field& spec, BgpPeer& peer) {
  const Field mine = spec["myASN"];
  const Field peers = spec["peerASN"];
  const Field dynamic = spec["dynamicASN"];
  peer.my_asn = load_uint32(mine).value_or(0);
  peer.peer_asn = load_uint32(peers).value_or(0);
  peer.dynamic_asn =
      dynamic.one_of<DynamicAsn>({{"internal", DynamicAsn::internal}, {"external", DynamicAsn::external}});
  if (!mine) mine.fail_required();
  if (mine && mine.value()->text == "0") mine.fail("0 is no AS number (RFC 7607)");
  if (peer.peer_asn != 0 && dynamic) dynamic.fail("may not be set together with peerASN");
  if (peer.peer_asn == 0 && !dynamic) peers.fail("Required value, or dynamicASN");
}

void load_addresses(const Field& spec, BgpPeer& peer) {
  const Field address = spec["peerAddress"];
  const Field interface = spec["interface"];
  const Field source = spec["sourceAddress"];
  const Field router_id = spec["routerID"];
  if (nonempty(address)) peer.address = address.ip();
  peer.interface = interface.text_or("");
  if (nonempty(source)) peer.source_address = source.ip();
  if (nonempty(router_id)) peer.router_id = router_id.ip();
  if (nonempty(address) && !peer.interface.empty()) interface.fail("may not be set together with peerAddress");
  if (!nonempty(address) && peer.interface.empty()) address.fail_required();
  if (peer.router_id && !peer.router_id->is_v4())
    router_id.fail(fmt::format("{}: must be an IPv4 address", quote(peer.router_id->to_string())));
  if (peer.address && peer.source_address && peer.address->family() != peer.source_address->family())
    source.fail(fmt::format("{}: must be of the IP family of peerAddress", quote(peer.source_address->to_string())));
}

std::optional<seconds> load_seconds(const Field& field) {
  const auto given = load_duration(field);
  if (!given) return std::nullopt;
  const auto whole = std::chrono::duration_cast<seconds>(*given);
  if (whole == *given && whole <= seconds(65535)) return whole;
  field.fail(fmt::format("{}: must be whole seconds, at most 65535s", quote(field.text_or(""))));
  return std::nullopt;
}

void load_times(const Field& spec, BgpPeer& peer) {
  const Field hold = spec["holdTime"];
  const Field keepalive = spec["keepaliveTime"];
  const Field connect = spec["connectTime"];
  peer.hold_time = load_seconds(hold);
  peer.keepalive_time = load_seconds(keepalive);
  peer.connect_time = load_seconds(connect);
  if (peer.hold_time && *peer.hold_time != seconds(0) && *peer.hold_time < seconds(3))
    hold.fail(fmt::format("{}: must be 0s or at least 3s (RFC 4271)", quote(hold.text_or(""))));
  if (peer.keepalive_time && *peer.keepalive_time > peer.hold_time.value_or(seconds(90)))
    keepalive.fail(fmt::format("{}: must not be longer than holdTime", quote(keepalive.text_or(""))));
  if (peer.connect_time && *peer.connect_time < seconds(1))
    connect.fail(fmt::format("{}: must be between 1s and 65535s", quote(connect.text_or(""))));
}

void load_password(const Field& spec, BgpPeer& peer) {
  constexpr std::array<std::string_view, 2> kFields = {"name", "namespace"};
  constexpr std::size_t kMost = 80;  // TCP_MD5SIG_MAXKEYLEN
  const Field password = spec["password"];
  const Field secret = spec["passwordSecret"];
  peer.password = load_confidential(password).value_or("");
  if (peer.password.size() > kMost) password.fail(fmt::format("must be no longer than {} bytes", kMost));
  if (!secret || !secret.map(kFields)) return;
  const Field name = secret["name"];
  peer.password_secret = load_reference(name);
  peer.password_secret_namespace = secret["namespace"].text_or("");
  if (peer.password_secret_namespace.empty()) peer.password_secret_namespace = peer.meta.name_space;
  if (!peer.password.empty() && !peer.password_secret.name.empty())
    secret.fail("may not be set together with password");
}

void load_spec(const Field& spec, BgpPeer& peer) {
  const Field bfd = spec["bfdProfile"];
  const Field nodes = spec["nodeSelectors"];
  load_asns(spec, peer);
  load_addresses(spec, peer);
  load_times(spec, peer);
  load_password(spec, peer);
  peer.port = spec["peerPort"].port().value_or(peer.port);
  peer.node_selectors = load_selectors(nodes);
  peer.bfd_profile = load_reference(bfd);
  peer.graceful_restart = spec["enableGracefulRestart"].boolean_or(false);
  peer.ebgp_multi_hop = spec["ebgpMultiHop"].boolean_or(false);
  peer.vrf = spec["vrf"].text_or("");
  peer.dual_stack = spec["dualStackAddressFamily"].boolean_or(false);
  static_cast<void>(spec["disableMP"].boolean());  // deprecated: what it asks for is the default
}

}  // namespace

std::shared_ptr<const BgpPeer> load_bgp_peer(const Field& object, Meta meta) {
  auto peer = std::make_shared<BgpPeer>();
  peer->meta = std::move(meta);
  load_spec_of(object, kSpecFields, true, [&](const Field& spec) { load_spec(spec, *peer); });
  return peer;
}

}  // namespace naru::config
