// Tables of what is naru's own.
#include "daemon/tables.h"

namespace naru::daemon {
namespace {

std::string or_none(const std::string& text) {
  return text.empty() ? "<none>" : text;
}

std::string endpoint_text(const proxy::ConnectionRecord& record) {
  return record.endpoint.port == Port() ? "<none>" : record.endpoint.to_string();
}

}  // namespace

Table dns_table(std::span<const DnsRecordView> records) {
  Table table{{{"NAME"}, {"TTL"}, {"TYPE"}, {"DATA"}}, {}};
  for (const DnsRecordView& record : records) {
    table.rows.push_back({record.name, std::to_string(record.ttl), record.type, record.data});
  }
  return table;
}

Table listeners_table(std::span<const ListenerView> listeners) {
  Table table{{{"NAMESPACE"}, {"SERVICE"}, {"PORT"}, {"KIND"}, {"ADDRESS"}, {"PROTOCOL"}, {"STATE"}, {"ERROR", true}},
              {}};
  for (const ListenerView& listener : listeners) {
    table.rows.push_back({listener.service.name_space, listener.service.name, or_none(listener.port_name),
                          std::string(to_string(listener.kind)), listener.key.address.to_string(),
                          std::string(to_string(listener.key.protocol)), listener.state, or_none(listener.error)});
  }
  return table;
}

Table connections_table(std::span<const proxy::ConnectionRecord> connections) {
  Table table{{{"NAMESPACE"},
               {"SERVICE"},
               {"PROTOCOL"},
               {"CLIENT"},
               {"ADDRESS"},
               {"ENDPOINT"},
               {"AGE"},
               {"STATE"},
               {"PORT", true},
               {"RECEIVED", true},
               {"SENT", true},
               {"ATTEMPTS", true}},
              {}};
  for (const proxy::ConnectionRecord& record : connections) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(record.duration);
    table.rows.push_back({record.service.name_space, record.service.name, std::string(to_string(record.protocol)),
                          record.client.to_string(), record.address.to_string(), endpoint_text(record),
                          human_duration(age), record.draining ? "Draining" : "Active", or_none(record.port_name),
                          std::to_string(record.bytes_received), std::to_string(record.bytes_sent),
                          std::to_string(record.attempts)});
  }
  return table;
}

}  // namespace naru::daemon
