#include "daemon/request_line.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

std::string ascii(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::int64_t microseconds(Duration duration) {
  return std::chrono::round<std::chrono::microseconds>(duration).count();
}

void add_flag(json::object& line, std::string_view name, bool value) {
  if (value) line[name] = true;
}

void add_route(json::object& line, const proxy::RequestRecord& record, const proxy::ServicePort& port,
               const SocketAddress& address) {
  line["namespace"] = port.service.name_space;
  line["service"] = port.service.name;
  line["portName"] = port.port_name;
  line["client"] = record.client.to_string();
  line["address"] = address.to_string();
  const bool reached = record.endpoint.port != Port();
  line["endpoint"] = reached ? json::value(record.endpoint.to_string()) : json::value(nullptr);
  line["protocol"] = to_string(record.client_version);
  if (reached) line["endpointProtocol"] = to_string(record.backend_version);
}

void add_message(json::object& line, const proxy::RequestRecord& record) {
  line["method"] = ascii(record.method_text);
  set_text(line, "authority", ascii(record.authority));
  line["path"] = ascii(record.path);
  line["status"] = record.status;
  if (record.grpc_status) line["grpcStatus"] = *record.grpc_status;
  if (record.reason != http::Reason::none) line["reason"] = to_string(record.reason);
  set_text(line, "requestId", ascii(record.request_id));
  set_text(line, "traceparent", ascii(record.traceparent));
}

void add_measures(json::object& line, const proxy::RequestRecord& record) {
  line["attempts"] = record.attempts;
  line["bytesReceived"] = record.bytes_received;
  line["bytesSent"] = record.bytes_sent;
  line["durationMicroseconds"] = microseconds(record.duration);
  if (record.first_byte) line["firstByteMicroseconds"] = microseconds(*record.first_byte);
  add_flag(line, "clientGone", record.client_gone);
  add_flag(line, "brokenOff", record.broken_off);
  add_flag(line, "tunnel", record.tunnel);
}

}  // namespace

std::string request_line(const proxy::RequestRecord& record, const proxy::ServicePort& port,
                         const SocketAddress& address, std::chrono::system_clock::time_point now) {
  json::object line{{"time", rfc3339(now, 3)}, {"type", "request"}};
  add_route(line, record, port, address);
  add_message(line, record);
  add_measures(line, record);
  return json::serialize(line);
}

}  // namespace naru::daemon
