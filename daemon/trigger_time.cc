#include "daemon/trigger_time.h"

#include <ctime>
#include <string>

namespace naru::daemon {
namespace {

/// Takes ".123456789" off the front of `rest`.
std::chrono::nanoseconds take_fraction(std::string_view& rest) {
  std::chrono::nanoseconds fraction{0};
  if (!rest.starts_with('.')) return fraction;
  std::chrono::nanoseconds unit = std::chrono::milliseconds(100);
  for (rest.remove_prefix(1); !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1), unit /= 10) {
    fraction += unit * (rest[0] - '0');
  }
  return fraction;
}

/// "Z" or "+01:30".
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  std::tm clock{};
  const std::string digits(text.empty() ? text : text.substr(1));
  const bool signed_ = text.starts_with('+') || text.starts_with('-');
  const char* end = signed_ && digits.size() == 5 ? strptime(digits.c_str(), "%H:%M", &clock) : nullptr;
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::chrono::minutes offset(clock.tm_hour * 60 + clock.tm_min);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> parse_timestamp(std::string_view text) {
  const std::string copy(text);
  std::tm calendar{};
  const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &calendar);
  if (end == nullptr) return std::nullopt;
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(end - copy.c_str()));
  const auto fraction = take_fraction(rest);
  const auto offset = parse_offset(rest);
  if (!offset) return std::nullopt;
  const auto whole = std::chrono::system_clock::from_time_t(timegm(&calendar));
  return whole - *offset + std::chrono::duration_cast<std::chrono::system_clock::duration>(fraction);
}

std::vector<std::chrono::system_clock::time_point> trigger_times(const config::SourceUpdate& update) {
  std::vector<std::chrono::system_clock::time_point> times;
  for (const config::Object& object : update.upserted) {
    if (config::kind_of(object) != config::Kind::endpoint_slice) continue;
    const config::Meta& meta = config::meta_of(object);
    const auto found = meta.annotations.find("endpoints.kubernetes.io/last-change-trigger-time");
    if (found == meta.annotations.end()) continue;
    if (const auto time = parse_timestamp(found->second)) times.push_back(*time);
  }
  return times;
}

}  // namespace naru::daemon
