#include <array>
#include <ctime>

#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {

namespace json = boost::json;

std::string rfc3339(std::chrono::system_clock::time_point time, unsigned fraction_digits) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t raw = static_cast<std::time_t>(seconds.count());
  std::tm utc{};
  ::gmtime_r(&raw, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count();
  const std::string fraction = std::to_string(1'000'000'000 + nanoseconds).substr(1, fraction_digits);
  return text.data() + (fraction_digits == 0 ? std::string() : "." + fraction) + "Z";
}

json::object to_json(const config::Labels& labels) {
  json::object object;
  for (const auto& [key, value] : labels) object[key] = value;
  return object;
}

json::object to_json(const config::Meta& meta) {
  json::object object;
  object["name"] = meta.name;
  set_text(object, "namespace", meta.name_space);
  set_text(object, "uid", meta.uid);
  set_text(object, "creationTimestamp", meta.creation_timestamp);
  set_text(object, "deletionTimestamp", meta.deletion_timestamp);
  if (!meta.labels.empty()) object["labels"] = to_json(meta.labels);
  if (!meta.annotations.empty()) object["annotations"] = to_json(meta.annotations);
  return object;
}

}  // namespace naru::daemon
