// The objects that say where load balancer addresses are announced, and how: MetalLB's, and the Secrets that they name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "config/label_selector.h"
#include "config/meta.h"

namespace naru::config {

/// A name of another object, and where it was written: what a notice about a missing one points to.
struct Reference {
  std::string name;
  int line{};

  friend bool operator==(const Reference& a, const Reference& b) { return a.name == b.name; }
};

/// What an advertisement is about. Without pools and pool selectors: all pools; without node selectors: all nodes;
/// without Service selectors: all Services. Several selectors are alternatives.
struct AdvertisementScope {
  std::vector<Reference> pools;
  std::vector<LabelSelector> pool_selectors;
  std::vector<LabelSelector> node_selectors;
  std::vector<LabelSelector> service_selectors;
};

/// Nodes that are rather to announce than others.
struct NodePreference {
  int weight{};  // 1..100; those of all preferences that a node matches are added up
  LabelSelector selector;
};

// ---- L2Advertisement (metallb.io/v1beta1) ----

struct L2Advertisement {
  Meta meta;
  AdvertisementScope scope;
  std::vector<std::string> interfaces;  // empty: all
  std::vector<NodePreference> preferences;
};

// ---- BGPAdvertisement, BGPPeer and Community ----

/// RFC 1997 (`large` false: two numbers of 16 bits, `a` and `b`) or RFC 8092 (three of 32).
struct CommunityValue {
  bool large{};
  std::uint32_t a{};
  std::uint32_t b{};
  std::uint32_t c{};

  /// "64512:100" or "large:64512:100:1". Errors: anything else, and numbers out of range.
  static Result<CommunityValue> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const CommunityValue&, const CommunityValue&) = default;
};

/// metallb.io/v1beta1: names for values.
struct Community {
  struct Alias {
    std::string name;
    CommunityValue value;
  };
  Meta meta;
  std::vector<Alias> aliases;
};

struct BgpAdvertisement {
  Meta meta;
  AdvertisementScope scope;
  unsigned aggregation_length{32};
  unsigned aggregation_length_v6{128};
  std::optional<std::uint32_t> local_pref;  // to internal peers only
  std::vector<CommunityValue> communities;  // given as values
  std::vector<Reference> community_names;   // aliases of Community objects
  std::vector<Reference> peers;             // BGPPeers; empty: all
};

enum class DynamicAsn : std::uint8_t { internal, external };

/// metallb.io/v1beta2, and v1beta1, which has a part of its fields.
struct BgpPeer {
  Meta meta;
  std::uint32_t my_asn{};
  std::uint32_t peer_asn{};  // 0: see dynamic_asn
  std::optional<DynamicAsn> dynamic_asn;
  std::optional<IpAddress> address;  // nothing: `interface`
  std::string interface;             // of an unnumbered peering
  std::optional<IpAddress> source_address;
  Port port{179};
  std::optional<std::chrono::seconds> hold_time;       // 0 (never expires), or 3 s to 65535 s
  std::optional<std::chrono::seconds> keepalive_time;  // at most the hold time
  std::optional<std::chrono::seconds> connect_time;    // 1 s to 65535 s
  std::optional<IpAddress> router_id;                  // IPv4
  std::vector<LabelSelector> node_selectors;           // alternatives; empty: all nodes
  std::string password;
  Reference password_secret;  // in name_space `password_secret_namespace`; empty name: none
  std::string password_secret_namespace;
  Reference bfd_profile;  // empty name: none
  bool graceful_restart{};
  bool ebgp_multi_hop{};
  std::string vrf;
  bool dual_stack{};  // carries routes of the other IP family than the session's too
};

// ---- BFDProfile (metallb.io/v1beta1) ----

struct BfdProfile {
  Meta meta;
  std::chrono::milliseconds receive_interval{300};   // 10..60000
  std::chrono::milliseconds transmit_interval{300};  // 10..60000
  int detect_multiplier{3};                          // 2..255
  bool echo_mode{};
  bool passive_mode{};
  int minimum_ttl{254};  // 1..254, of what arrives over several hops
};

// ---- Secret (v1) ----

/// Only those of type kubernetes.io/basic-auth have a password here.
struct Secret {
  Meta meta;
  std::string type;
  std::optional<std::string> password;
};

}  // namespace naru::config
