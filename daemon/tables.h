// What `naru get` shows of each kind of thing: the columns and words are kubectl's where kubectl has them.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "daemon/avoided_endpoints.h"
#include "daemon/table.h"
#include "daemon/view.h"

namespace naru::daemon {

using WallTime = std::chrono::system_clock::time_point;

[[nodiscard]] Table services_table(std::span<const ServiceView> services, WallTime now);
[[nodiscard]] Table endpoints_table(std::span<const std::shared_ptr<const config::EndpointSlice>> slices,
                                    const AvoidedEndpoints& avoided, WallTime now);
[[nodiscard]] Table nodes_table(std::span<const NodeView> nodes, WallTime now);
[[nodiscard]] Table pools_table(std::span<const PoolView> pools, WallTime now);
/// The BGP sessions stand after the announcements, in the same columns.
[[nodiscard]] Table announcements_table(std::span<const AnnouncementView> announcements,
                                        std::span<const lb::announce::BgpSessionInfo> sessions, WallTime now);
[[nodiscard]] Table dns_table(std::span<const DnsRecordView> records);
[[nodiscard]] Table listeners_table(std::span<const ListenerView> listeners);
[[nodiscard]] Table connections_table(std::span<const proxy::ConnectionRecord> connections);

/// How kubectl writes a duration: "45s", "5m12s", "3h", "2d4h", "120d".
[[nodiscard]] std::string human_duration(std::chrono::seconds duration);
/// Since an object's creationTimestamp; "<unknown>" without one.
[[nodiscard]] std::string age_text(const config::Meta& meta, WallTime now);
/// Takes the AGE column out of a table in which nothing has an age: objects from files have no creation time.
void drop_unknown_ages(Table& table);
/// Takes a column out in which every row has "<none>".
void drop_empty_column(Table& table, std::string_view name);
/// Joined by commas; "<none>" if there are none.
[[nodiscard]] std::string joined_or_none(std::span<const std::string> words);
[[nodiscard]] std::string labels_text(const config::Labels& labels);

}  // namespace naru::daemon
