#include "daemon/admin_server.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <optional>

#include "daemon/announcement_words.h"
#include "daemon/tables.h"
#include "daemon/to_json.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

struct Query {
  std::optional<std::string> name_space;
  std::optional<std::string> name;
  bool as_table{};
  WallTime now;

  [[nodiscard]] bool wants(const std::string& its_name_space, const std::string& its_name) const {
    return (!name_space || *name_space == its_name_space) && (!name || *name == its_name);
  }
  [[nodiscard]] bool wants(const config::Meta& meta) const { return wants(meta.name_space, meta.name); }
  [[nodiscard]] bool wants(const config::ServiceName& service) const { return wants(service.name_space, service.name); }
};

bool wanted(const Query& query, const ServiceView& view) {
  return query.wants(view.object->meta);
}
bool wanted(const Query& query, const PoolView& view) {
  return query.wants(view.object->meta);
}
bool wanted(const Query& query, const AnnouncementView& view) {
  return query.wants(view.service);
}
bool wanted(const Query& query, const ListenerView& view) {
  return query.wants(view.service);
}
bool wanted(const Query& query, const proxy::ConnectionRecord& record) {
  return query.wants(record.service);
}

// What has no namespace is not filtered by one, as kubectl does.
bool wanted(const Query& query, const NodeView& view) {
  return !query.name || *query.name == view.object->meta.name;
}

bool wanted(const Query& query, const lb::announce::BgpSessionInfo& session) {
  return !query.name || *query.name == session.view.peer;
}

/// A slice by its own name or, as `kubectl get endpoints` has it, by its Service's.
bool wanted(const Query& query, const std::shared_ptr<const config::EndpointSlice>& slice) {
  const std::string& name_space = slice->meta.name_space;
  return query.wants(name_space, slice->meta.name) || query.wants(name_space, slice->service);
}

/// Names are given with or without the final dot.
bool wanted(const Query& query, const DnsRecordView& record) {
  return !query.name || record.name == *query.name || record.name == *query.name + ".";
}

template <class Items>
Items only_wanted(const Query& query, Items items) {
  std::erase_if(items, [&](const auto& item) { return !wanted(query, item); });
  return items;
}

template <class Item>
json::object item_object(const Item& item) {
  return to_json(item);
}
json::object item_object(const std::shared_ptr<const config::EndpointSlice>& slice) {
  return to_json(*slice);
}

template <class Items>
json::array items_array(const Items& items) {
  json::array array;
  array.reserve(items.size());
  for (const auto& item : items) array.push_back(item_object(item));
  return array;
}

json::object list_object(json::array items) {
  return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
}

json::object table_object(const Table& table) {
  json::array columns;
  for (const Column& column : table.columns) {
    columns.push_back(json::object{{"name", column.name}, {"wide", column.wide}});
  }
  json::array rows;
  for (const auto& row : table.rows) rows.push_back(json::array(row.begin(), row.end()));
  return {{"kind", "Table"}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

/// Item by item, as all of them at once would be much memory.
template <class Items>
std::string items_text(const Items& items) {
  std::string text = "[";
  for (const auto& item : items) {
    if (text.size() > 1) text += ',';
    text += json::serialize(item_object(item));
  }
  return text + "]";
}

template <class Items>
std::string list_text(const Items& items) {
  return R"({"apiVersion":"v1","kind":"List","items":)" + items_text(items) + "}";
}

std::string table_text(const Table& table) {
  return json::serialize(table_object(table));
}

Later<std::string> services(const View& view, const Query& query) {
  return [query, items = view.services()]() mutable {
    items = only_wanted(query, std::move(items));
    return query.as_table ? table_text(services_table(items, query.now)) : list_text(items);
  };
}

Later<std::string> endpoints(const View& view, const Query& query) {
  return [query, items = view.endpoint_slices(), ports = view.later_service_ports()]() mutable {
    items = only_wanted(query, std::move(items));
    if (!query.as_table) return list_text(items);
    return table_text(endpoints_table(items, avoided_endpoints(ports(), Clock::now()), query.now));
  };
}

Later<std::string> nodes(const View& view, const Query& query) {
  return [query, all = view.later_nodes()] {
    const auto items = only_wanted(query, all());
    return query.as_table ? table_text(nodes_table(items, query.now)) : list_text(items);
  };
}

json::value pools(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.pools());
  if (query.as_table) return table_object(pools_table(items, query.now));
  return list_object(items_array(items));
}

json::value announcements(const View& view, const Query& query) {
  const lb::announce::Report report = view.announcing();
  const auto items = only_wanted(query, announcement_views(report));
  const auto sessions = only_wanted(query, report.bgp_sessions);
  if (query.as_table) return table_object(announcements_table(items, sessions, query.now));
  json::array all = items_array(items);
  for (const auto& session : sessions) all.push_back(to_json(session));
  return all;
}

Later<std::string> dns(const View& view, const Query& query) {
  return [query, records = view.later_dns_records()] {
    const auto items = only_wanted(query, records());
    return query.as_table ? table_text(dns_table(items)) : items_text(items);
  };
}

Later<std::string> listeners(const View& view, const Query& query) {
  return [query, all = view.later_listeners()] {
    const auto items = only_wanted(query, all());
    return query.as_table ? table_text(listeners_table(items)) : items_text(items);
  };
}

json::value connections(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.connections());
  if (query.as_table) return table_object(connections_table(items));
  return items_array(items);
}

json::value status(const View& view, const Query&) {
  return to_json(view.status());
}

/// For what is never much.
template <json::value (*answer)(const View&, const Query&)>
Later<std::string> at_once(const View& view, const Query& query) {
  return [text = json::serialize(answer(view, query))] { return text; };
}

struct Route {
  std::string_view path;
  Later<std::string> (*answer)(const View&, const Query&);
};
constexpr std::array<Route, 9> kRoutes = {{{"/v1/services", services},
                                           {"/v1/endpoints", endpoints},
                                           {"/v1/nodes", nodes},
                                           {"/v1/pools", at_once<pools>},
                                           {"/v1/announcements", at_once<announcements>},
                                           {"/v1/dns", dns},
                                           {"/v1/listeners", listeners},
                                           {"/v1/connections", at_once<connections>},
                                           {"/v1/status", at_once<status>}}};

HttpResponse json_response(unsigned code, const json::value& body) {
  return {code, "application/json", json::serialize(body) + "\n", {}};
}

HttpResponse problem(unsigned code, const std::string& text) {
  return json_response(code, json::object{{"error", text}});
}

/// The first parameter that means nothing here, or the query.
std::optional<std::string> read_query(const HttpRequest& request, Query& query) {
  for (const auto& [key, value] : request.query) {
    if (key == "namespace") {
      query.name_space = value;
    } else if (key == "name") {
      query.name = value;
    } else if (key == "as" && value == "table") {
      query.as_table = true;
    } else {
      return key + "=" + value;
    }
  }
  return std::nullopt;
}

}  // namespace

HttpResponse admin_response(const View& view, const HttpRequest& request, WallTime now) {
  const auto* const route = std::ranges::find(kRoutes, request.path, &Route::path);
  if (route == kRoutes.end()) return problem(404, "no such path: " + request.path);
  if (request.method != "GET") {
    HttpResponse refusal = problem(405, "only GET is answered");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  Query query{std::nullopt, std::nullopt, false, now};
  if (auto unknown = read_query(request, query)) return problem(400, "unknown parameter: " + *unknown);
  return {200, "application/json", {}, {}, [text = route->answer(view, query)] { return text() + "\n"; }};
}

}  // namespace naru::daemon
