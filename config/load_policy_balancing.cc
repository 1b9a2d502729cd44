#include <fmt/format.h>

#include <array>
#include <charconv>

#include "config/load_meta.h"
#include "config/names.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::size_t kMostRules = 64;

/// A plain decimal number, as in "1.5".
std::optional<double> decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> load_names(const Field& list, std::optional<std::string> (*check)(std::string_view)) {
  std::vector<std::string> names;
  list.each([&](const Field& field) {
    const auto name = load_name(field, check);
    if (!name) return field.fail_required();
    names.push_back(*name);
  });
  return names;
}

/// An address stands for the network that is it alone.
std::vector<Cidr> load_addresses(const Field& list) {
  std::vector<Cidr> all;
  list.each([&](const Field& field) {
    const auto given = field.text();
    if (!given) return;
    if (const auto ip = IpAddress::parse(*given)) return all.push_back(Cidr::host(*ip));
    if (const auto cidr = Cidr::parse(*given)) return all.push_back(*cidr);
    field.fail(fmt::format("{}: must be an address or a CIDR", quote(*given)));
  });
  return all;
}

WeightRule load_rule(const Field& field) {
  constexpr std::array<std::string_view, 5> kFields = {"podSelector", "nodes", "zones", "addresses", "weight"};
  WeightRule rule;
  if (!field.map(kFields)) return rule;
  const Field pods = field["podSelector"];
  if (pods) rule.pods = load_label_selector(pods);
  rule.nodes = load_names(field["nodes"], bad_dns_subdomain);
  rule.zones = load_names(field["zones"], bad_label_value);
  rule.addresses = load_addresses(field["addresses"]);
  const Field weight = field["weight"];
  if (!weight) weight.fail_required();
  rule.weight = load_count(weight, 0, kMostWeight).value_or(1);
  return rule;
}

void load_weights(const Field& list, ServicePolicy& policy) {
  if (list.is_list() && list.size() > kMostRules) {
    return list.fail(fmt::format("Too many: {}: must have at most {} items", list.size(), kMostRules));
  }
  list.each([&](const Field& field) {
    if (!policy.weights.empty() && policy.weights.back().for_all()) {
      field.fail("has no effect: the one before it is for all endpoints");
    }
    policy.weights.push_back(load_rule(field));
  });
}

double load_aggression(const Field& field) {
  if (!field) return 1;
  const Value& given = *field.value();
  const auto number = given.type == Value::Type::scalar ? decimal(given.text) : std::nullopt;
  if (number && *number >= 0.1 && *number <= 10) return *number;
  field.fail(fmt::format("must be a number from 0.1 to 10, but is {}", describe(given)));
  return 1;
}

void load_slow_start(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"window", "aggression", "minPercent"};
  if (!field.map(kFields)) return;
  SlowStart loaded;
  const Field window = field["window"];
  if (!window) window.fail_required();
  loaded.window = load_positive_duration(window).value_or(std::chrono::milliseconds(1));
  loaded.aggression = load_aggression(field["aggression"]);
  loaded.least = load_count(field["minPercent"], 1, 100).value_or(10) / 100.0;
  policy.slow_start = loaded;
}

}  // namespace

void load_balancing(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"algorithm", "weights", "slowStart"};
  if (!field.map(kFields)) return;
  policy.algorithm = field["algorithm"].one_of<Algorithm>({{"Random", Algorithm::random},
                                                           {"RoundRobin", Algorithm::round_robin},
                                                           {"LeastConnections", Algorithm::least_connections},
                                                           {"Maglev", Algorithm::maglev}});
  load_weights(field["weights"], policy);
  load_slow_start(field["slowStart"], policy);
}

}  // namespace naru::config
