#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>

#include "daemon/tables.h"

namespace naru::daemon {
namespace {

constexpr const char* kUnknown = "<unknown>";

std::optional<WallTime> parse_rfc3339(const std::string& text) {
  std::tm utc{};
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

/// "5m12s", or "5m" where there is no rest.
std::string two_units(long long large, char large_unit, long long small, char small_unit) {
  return small == 0 ? fmt::format("{}{}", large, large_unit)
                    : fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
}

/// The column goes if all that it says is `nothing`.
void drop_column_of(Table& table, std::string_view name, std::string_view nothing) {
  const auto at = std::ranges::find(table.columns, name, &Column::name);
  if (at == table.columns.end()) return;
  const auto column = at - table.columns.begin();
  const bool any = std::ranges::any_of(
      table.rows, [&](const auto& row) { return row[static_cast<std::size_t>(column)] != nothing; });
  if (any) return;
  table.columns.erase(at);
  for (auto& row : table.rows) row.erase(row.begin() + column);
}

}  // namespace

std::string human_duration(std::chrono::seconds duration) {
  const long long seconds = std::max<long long>(duration.count(), 0);
  const long long minutes = seconds / 60;
  const long long hours = minutes / 60;
  const long long days = hours / 24;
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (minutes < 10) return two_units(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return fmt::format("{}m", minutes);
  if (hours < 8) return two_units(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  if (days < 8) return two_units(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return fmt::format("{}d", days);
  return two_units(days / 365, 'y', days < 8 * 365 ? days % 365 : 0, 'd');
}

std::string age_text(const config::Meta& meta, WallTime now) {
  const auto created = parse_rfc3339(meta.creation_timestamp);
  return created ? human_duration(std::chrono::duration_cast<std::chrono::seconds>(now - *created)) : kUnknown;
}

void drop_unknown_ages(Table& table) {
  drop_column_of(table, "AGE", kUnknown);
}

void drop_empty_column(Table& table, std::string_view name) {
  drop_column_of(table, name, "<none>");
}

std::string joined_or_none(std::span<const std::string> words) {
  return words.empty() ? "<none>" : fmt::format("{}", fmt::join(words, ","));
}

std::string labels_text(const config::Labels& labels) {
  std::vector<std::string> words;
  for (const auto& [key, value] : labels) words.push_back(key + "=" + value);
  return joined_or_none(words);
}

}  // namespace naru::daemon
