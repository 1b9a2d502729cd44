// The section `dns` of NaruConfiguration. Private to config.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/configuration.h"
#include "config/reader.h"

namespace naru::config {

/// `cluster_domain` is served by naru itself.
void load_dns(const Field& field, std::string_view cluster_domain, DnsConfiguration& dns);
[[nodiscard]] std::span<const FieldDoc> dns_fields();

/// What is wrong with each is reported and left out.
[[nodiscard]] std::vector<SocketAddress> load_socket_addresses(const Field& field, std::optional<Port> default_port);
[[nodiscard]] std::optional<SocketAddress> load_socket_address(const Field& field, std::optional<Port> default_port);

inline constexpr std::array<std::string_view, 8> kForwardFields = {
    "upstreams", "stubZones", "policy", "maxConcurrent", "timeout", "attemptTimeout", "hedge", "healthCheck"};
/// Those of kForwardFields, of the section `dns`.
void load_dns_forwarding(const Field& dns, std::string_view cluster_domain, DnsConfiguration& to);
void load_dns_cache(const Field& field, DnsCache& cache);

inline constexpr std::array<std::string_view, 9> kServingFields = {
    "ttl", "pods", "autopath", "hosts", "hostsFile", "queryLog", "cookies", "rateLimit", "lameDuck"};
/// Those of kServingFields, of the section `dns`.
void load_dns_serving(const Field& dns, std::string_view cluster_domain, DnsServing& serving);
void load_dns_tcp(const Field& field, DnsTcp& tcp);

// Shared by the files of the section.
void load_length(const Field& field, std::chrono::milliseconds least, std::chrono::milliseconds& length);
[[nodiscard]] bool is_at_or_below(std::string_view name, std::string_view domain);

}  // namespace naru::config
