// The state in force as JSON: Kubernetes objects with the API's field names, order and defaults, and flat objects of
// naru's.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string>

#include "daemon/view.h"

namespace naru::daemon {

/// With what was allocated filled in: spec.clusterIP(s), ports[].nodePort, ipFamilies, ipFamilyPolicy,
/// healthCheckNodePort, status.loadBalancer.ingress, status.conditions.
[[nodiscard]] boost::json::object to_json(const ServiceView& view);
[[nodiscard]] boost::json::object to_json(const config::EndpointSlice& slice);
[[nodiscard]] boost::json::object to_json(const NodeView& view);
[[nodiscard]] boost::json::object to_json(const PoolView& view);
[[nodiscard]] boost::json::object to_json(const AnnouncementView& view);
[[nodiscard]] boost::json::object to_json(const lb::announce::BgpSessionInfo& info);
[[nodiscard]] boost::json::object to_json(const DnsRecordView& view);
[[nodiscard]] boost::json::object to_json(const ListenerView& view);
/// Without its outcome, which only a connection that has ended has.
[[nodiscard]] boost::json::object to_json(const proxy::ConnectionRecord& record);
[[nodiscard]] boost::json::object to_json(const config::Issue& issue);
[[nodiscard]] boost::json::object to_json(const StatusView& view);

/// ObjectMeta. Fields that are empty are left out.
[[nodiscard]] boost::json::object to_json(const config::Meta& meta);
[[nodiscard]] boost::json::object to_json(const config::Labels& labels);

/// The families of a Service in force: those of its addresses, else those it asks for.
[[nodiscard]] std::vector<Family> families_in_force(const ServiceView& view);

/// RFC 3339 in UTC with seconds: "2026-01-01T00:00:00Z"; `fraction_digits` of 3, 6 or 9 adds them.
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time, unsigned fraction_digits = 0);

}  // namespace naru::daemon
