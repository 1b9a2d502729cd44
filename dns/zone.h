// Everything that naru answers itself, as a value: the cluster's domain and the reverse zones of its service CIDRs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/persistent_map.h"
#include "dns/name.h"
#include "dns/origins.h"
#include "dns/record_set.h"
#include "dns/records.h"
#include "dns/service_content.h"

namespace naru::dns {

/// What is at a-b-c-d.<namespace>.pod.<domain>.
enum class PodNames : std::uint8_t {
  disabled,  // nothing
  insecure,  // that address, whoever has it, if the namespace is known: as kube-dns did
  verified,  // that address, if a Pod of the namespace has it
};

struct ZoneOptions {
  std::string domain{"cluster.local"};
  PodNames pods{PodNames::disabled};
  std::vector<Cidr> service_cidrs;   // their reverse zones are ours
  std::vector<IpAddress> addresses;  // our own, for ns.dns.<domain>; unspecified ones (0.0.0.0) are left out
  std::uint32_t ttl{5};              // of every record, and of negative answers; seconds
};

/// All that is at one name. It exists if it has records, or names below it, or something holds it.
struct Node {
  std::uint32_t children{};  // names directly below that exist: an empty non-terminal has some (RFC 8020)
  std::uint32_t holds{};     // reasons to exist without either: the zone's own skeleton, a namespace, its Services
  std::shared_ptr<const RecordSet> records;  // in a zone never null, but it may be empty

  [[nodiscard]] bool exists() const { return (records && !records->empty()) || children > 0 || holds > 0; }
  friend bool operator==(const Node&, const Node&) = default;
};

/// One record in presentation form, for people.
struct RecordText {
  std::string name;  // "web.shop.svc.cluster.local."
  std::string type;  // "A"
  std::uint32_t ttl{};
  std::string data;  // "10.96.0.1"
};

/// A name and its addresses given by hand, as a line of a hosts file does.
struct HostRecord {
  IpAddress ip;
  std::vector<Name> names;

  friend bool operator==(const HostRecord&, const HostRecord&) = default;
};

/// What the zone says of a name.
struct Found {
  const Origin* origin{};      // the zone of ours that the name is in; null: in none
  const RecordSet* records{};  // null: the name does not exist (in our zones), or is not ours
  std::size_t apex_size{};     // of the zone's apex, in bytes: a suffix of the name
};

/// Copying is constant time and copies share what is equal, so that a snapshot per change costs the change. A Service's
/// change touches only its own names. A copy belongs to one thread at a time, as any value.
class Zone {
 public:
  /// Precondition: `domain` is a valid name (see Name::parse()); one that is not is taken as "cluster.local".
  explicit Zone(const ZoneOptions& options);
  Zone() : Zone(ZoneOptions{}) {}

  /// Puts `records` in place of what that Service had. Nothing happens if they are equal.
  void set_service(ServiceRecords records);
  void erase_service(const config::ServiceName& service);
  /// A Namespace object. A namespace is known, too, while any Service or Pod is in it.
  void set_namespace(const std::string& name);
  void erase_namespace(const std::string& name);
  /// Puts `ips` in place of those that the Pod had. Pods count for names of Pods, and for pod_namespace().
  /// True if that changed anything.
  bool set_pod(const std::string& name_space, const std::string& name, std::vector<IpAddress> ips);
  bool erase_pod(const std::string& name_space, const std::string& name);
  /// Puts `hosts` in place of those that there were. Names of ours and reverse names are left out: those are the
  /// cluster's.
  void set_hosts(const std::vector<HostRecord>& hosts);

  /// Set once the first load is complete: until then every name that may be ours is answered with SERVFAIL.
  void set_synced(bool synced) { synced_ = synced; }
  [[nodiscard]] bool synced() const { return synced_; }
  /// The SOA's serial number; seconds since 1970 at the change, say.
  void set_serial(std::uint32_t serial) { serial_ = serial; }
  [[nodiscard]] std::uint32_t serial() const { return serial_; }
  [[nodiscard]] std::uint32_t ttl() const { return origins_->ttl; }

  /// `name` in lower case, in wire form; `labels` are the offsets of its labels, without the root's.
  [[nodiscard]] Found lookup(std::string_view name, std::span<const std::uint8_t> labels) const {
    return place(name, labels, find(name));
  }
  /// The same where it is known already what is at the name.
  [[nodiscard]] Found place(std::string_view name, std::span<const std::uint8_t> labels,
                            const RecordSet* records) const;
  /// Null: no such name. Valid while a zone has it.
  [[nodiscard]] const RecordSet* find(std::string_view name) const;

  /// The address that the name of a Pod says, if it is one that is to be answered. `labels` as for lookup(). Costs
  /// nothing to names that are not like one.
  [[nodiscard]] std::optional<IpAddress> pod_address(std::string_view name, std::span<const std::uint8_t> labels) const;
  /// The namespace of the Pods that have the address; null: none has, or Pods of several.
  [[nodiscard]] const std::string* pod_namespace(const IpAddress& ip) const;
  [[nodiscard]] const Name& domain() const { return origins_->domain; }

  /// Our own name, ns.dns.<domain>.
  [[nodiscard]] const Name& server() const { return origins_->server; }

  /// Every record, in no order that means anything. For `naru get dns`.
  void for_each_record(const std::function<void(const RecordText&)>& visit) const;

  [[nodiscard]] std::size_t services() const { return services_.size(); }
  [[nodiscard]] std::size_t names() const { return names_.size(); }

  /// Calls on_change(before, after) for each name at which the two differ; null where it is absent. In time of the size
  /// of the difference where one zone was made from the other.
  static void for_each_change(const Zone& before, const Zone& after,
                              const std::function<void(const RecordSet*, const RecordSet*)>& on_change);

  static void for_each_name(const Zone& zone, const std::function<void(const RecordSet&)>& visit);

  /// The same names, records and counts: what a zone built from nothing has. The serial number does not count.
  friend bool same_content(const Zone& a, const Zone& b);

 private:
  struct ServiceNameHash {
    std::size_t operator()(const config::ServiceName& name) const;
  };
  struct TextHash {
    std::size_t operator()(std::string_view text) const;
  };
  /// Who says that an address has a name. Several may; a cluster IP's Service wins over endpoints.
  struct PointerOwner {
    config::ServiceName service;
    bool cluster_ip{};
    Name target;
    friend auto operator<=>(const PointerOwner&, const PointerOwner&) = default;
  };
  using PointerOwners = std::vector<PointerOwner>;
  using Addresses = std::vector<IpAddress>;
  using PodName = config::ServiceName;  // namespace and name
  using PodNameList = std::vector<PodName>;

  /// A Service with what it has put into the zone: of thousands of endpoints that is dear to find out again.
  struct HeldService {
    ServiceRecords records;
    ServiceContent content;
  };

  void add_skeleton(const ZoneOptions& options);
  void for_each_pod(const std::function<void(const RecordText&)>& visit) const;
  /// What `after` shares with `before` it has from there when this returns: once in memory.
  void replace_records(const ServiceContent& before, ServiceContent& after);
  void replace_pointers(const config::ServiceName& service, const ServiceContent& before, const ServiceContent& after);
  void set_pointers(const IpAddress& address, PointerOwners owners);
  [[nodiscard]] RecordSet pointer_records(const Name& name, const PointerOwners& owners) const;
  void set_records(const Name& name, std::shared_ptr<const RecordSet> records);
  void hold_namespace(const std::string& name, std::uint32_t change);
  void add_pod_address(const PodName& pod, const IpAddress& ip);
  void remove_pod_address(const PodName& pod, const IpAddress& ip);
  [[nodiscard]] ServiceContent content_of_hosts(const std::vector<HostRecord>& hosts) const;
  /// Changes what is at `name`, and tells the names above if that made it begin or cease to exist.
  template <class Change>
  void update(const Name& name, Change&& change);
  template <class Change>
  bool change_node(const Name& name, Change&& change);  ///< true if it began or ceased to exist
  [[nodiscard]] const Origin* origin_of(const Name& name) const;

  std::shared_ptr<const Origins> origins_;
  PersistentMap<Name, Node, NameHash> names_;
  PersistentMap<config::ServiceName, std::shared_ptr<const HeldService>, ServiceNameHash> services_;
  PersistentMap<std::string, bool, TextHash> namespaces_;  // those with an object
  PersistentMap<IpAddress, std::shared_ptr<const PointerOwners>> pointers_;
  PersistentMap<PodName, std::shared_ptr<const Addresses>, ServiceNameHash> pods_;
  PersistentMap<IpAddress, std::shared_ptr<const PodNameList>> pods_by_address_;
  std::shared_ptr<const ServiceContent> hosts_;  // may be null
  PodNames pod_names_{PodNames::disabled};
  std::uint32_t serial_{1};
  bool synced_{false};
};

}  // namespace naru::dns
