// naru's own flat objects. Their field names are documented and stable: add, never rename.
#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {

namespace json = boost::json;

json::object to_json(const DnsRecordView& view) {
  return {{"name", view.name}, {"type", view.type}, {"ttl", view.ttl}, {"data", view.data}};
}

json::object to_json(const ListenerView& view) {
  json::object object{{"address", view.key.address.to_string()},
                      {"protocol", to_string(view.key.protocol)},
                      {"kind", to_string(view.kind)},
                      {"namespace", view.service.name_space},
                      {"service", view.service.name},
                      {"portName", view.port_name},
                      {"state", view.state}};
  set_text(object, "error", view.error);
  return object;
}

json::object to_json(const proxy::ConnectionRecord& record) {
  const bool connected = record.endpoint.port != Port();
  return {{"protocol", to_string(record.protocol)},
          {"kind", to_string(record.frontend)},
          {"client", record.client.to_string()},
          {"address", record.address.to_string()},
          {"endpoint", connected ? json::value(record.endpoint.to_string()) : json::value(nullptr)},
          {"namespace", record.service.name_space},
          {"service", record.service.name},
          {"portName", record.port_name},
          {"bytesReceived", record.bytes_received},
          {"bytesSent", record.bytes_sent},
          {"durationMilliseconds", record.duration.count()},
          {"attempts", record.attempts},
          {"draining", record.draining}};
}

json::object to_json(const config::Issue& issue) {
  json::object object;
  if (issue.location.file) object["file"] = *issue.location.file;
  if (issue.location.line > 0) object["line"] = issue.location.line_in_file();
  set_text(object, "object", issue.object);
  set_text(object, "field", issue.field);
  object["reason"] = issue.reason;
  object["message"] = issue.to_string();
  return object;
}

json::object to_json(const StatusView& view) {
  const auto issues = [](const std::vector<config::Issue>& all) {
    json::array array;
    for (const config::Issue& issue : all) array.push_back(to_json(issue));
    return array;
  };
  return {{"version", NARU_VERSION},       {"generation", view.generation},
          {"services", view.services},     {"endpoints", view.endpoints},
          {"workers", view.workers},       {"lastChange", rfc3339(view.last_change, 3)},
          {"errors", issues(view.errors)}, {"notices", issues(view.notices)}};
}

}  // namespace naru::daemon
