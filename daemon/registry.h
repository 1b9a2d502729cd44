// What outlives snapshots: the numbers of Service ports and the cells of what was observed of them and their endpoints.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "proxy/table.h"

namespace naru::daemon {

/// A Service port by name, for as long as the Service has it.
struct ServicePortKey {
  config::ServiceName service;
  std::string port_name;
  Protocol protocol{Protocol::tcp};
  Port port;
  Family family{Family::ipv4};  // of its frontends and its endpoints

  friend auto operator<=>(const ServicePortKey&, const ServicePortKey&) = default;
};

/// Thread: the control thread.
class Registry {
 public:
  struct Entry {
    proxy::ServicePortId id{};
    std::shared_ptr<proxy::ServicePortState> state;
    std::map<SocketAddress, std::shared_ptr<lb::EndpointState>> endpoints;
  };

  /// The entry of a Service port, made at first sight. Valid until it is forgotten.
  Entry& entry(const ServicePortKey& key);
  void forget(const ServicePortKey& key) { entries_.erase(key); }

  /// The cell of an endpoint, made at first sight.
  static std::shared_ptr<lb::EndpointState> endpoint(Entry& entry, const SocketAddress& address);
  /// Forgets the cells of endpoints that are not among `current` (sorted by address).
  static void keep_only(Entry& entry, const std::vector<lb::Endpoint>& current);

 private:
  std::map<ServicePortKey, Entry> entries_;
  std::uint64_t next_id_{1};
};

}  // namespace naru::daemon
