#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/load_meta.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

/// What is written into a request's head: nothing that could end a line or a word.
bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::optional<int> status_of(std::string_view text) {
  if (text.size() != 3 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const int status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  return status >= 100 && status <= 599 ? std::optional(status) : std::nullopt;
}

/// "200" or "200-299".
std::optional<StatusRange> status_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = status_of(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : status_of(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return StatusRange{*first, *last};
}

void load_statuses(const Field& field, std::vector<StatusRange>& statuses) {
  if (!field) return;
  statuses.clear();
  if (field.none_listed()) return field.fail_required();
  field.each([&](const Field& element) {
    if (!element || element.value()->type != Value::Type::scalar) return static_cast<void>(element.text());
    const std::string& given = element.value()->text;  // 200 is as good as "200"
    if (const auto range = status_range(given)) return statuses.push_back(*range);
    element.fail(fmt::format("{}: must be a status from 100 to 599 or a range of them, as in 200-299", quote(given)));
  });
}

void load_text(const Field& field, std::string& text) {
  const auto given = nonempty(field);
  if (!given) return;
  if (!is_visible(*given)) return field.fail(fmt::format("{}: must be visible ASCII characters only", quote(*given)));
  text = *given;
}

void load_path(const Field& field, std::string& path) {
  load_text(field, path);
  if (!path.starts_with('/')) field.fail(fmt::format("{}: must begin with \"/\"", quote(path)));
}

/// A field that the type has no use for is a mistake: whoever wrote it expects an effect.
void refuse_for(const Field& active, std::string_view field, std::string_view type) {
  const Field given = active[field];
  if (given) given.fail(fmt::format("is of no use with type {}", type));
}

void check_type(const Field& field, ProbeType type) {
  if (type != ProbeType::http) {
    refuse_for(field, "path", to_string(type));
    refuse_for(field, "expectedStatuses", to_string(type));
  }
  if (type != ProbeType::grpc) refuse_for(field, "service", to_string(type));
  if (type == ProbeType::tcp) refuse_for(field, "host", to_string(type));
}

void load_times(const Field& field, ActiveHealth& active) {
  constexpr auto kShortest = std::chrono::milliseconds(100);
  const Field interval = field["interval"];
  active.interval = load_duration(interval).value_or(active.interval);
  active.timeout = load_positive_duration(field["timeout"]).value_or(active.timeout);
  active.healthy_threshold = load_count(field["healthyThreshold"], 1, 100).value_or(active.healthy_threshold);
  active.unhealthy_threshold = load_count(field["unhealthyThreshold"], 1, 100).value_or(active.unhealthy_threshold);
  if (active.interval < kShortest) interval.fail("must be 100ms or longer");
}

}  // namespace

void load_active_health(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 10> kFields = {"type",
                                                        "path",
                                                        "host",
                                                        "service",
                                                        "port",
                                                        "interval",
                                                        "timeout",
                                                        "healthyThreshold",
                                                        "unhealthyThreshold",
                                                        "expectedStatuses"};
  if (!field.map(kFields)) return;
  const Field type = field["type"];
  if (!type) return type.fail_required();
  ActiveHealth active;
  active.type = type.one_of<ProbeType>({{"HTTP", ProbeType::http}, {"GRPC", ProbeType::grpc}, {"TCP", ProbeType::tcp}})
                    .value_or(ProbeType::tcp);
  load_path(field["path"], active.path);
  load_text(field["host"], active.host);
  load_text(field["service"], active.service);
  active.port = field["port"].port();
  load_times(field, active);
  load_statuses(field["expectedStatuses"], active.expected_statuses);
  check_type(field, active.type);
  policy.active_health = std::move(active);
}

}  // namespace naru::config
