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

json::value services(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.services());
  if (query.as_table) return table_object(services_table(items, query.now));
  return list_object(items_array(items));
}

json::value endpoints(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.endpoint_slices());
  if (query.as_table) {
    const auto avoided = avoided_endpoints(view.service_ports(), Clock::now());
    return table_object(endpoints_table(items, avoided, query.now));
  }
  return list_object(items_array(items));
}

json::value nodes(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.nodes());
  if (query.as_table) return table_object(nodes_table(items, query.now));
  return list_object(items_array(items));
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

json::value dns(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.dns_records());
  if (query.as_table) return table_object(dns_table(items));
  return items_array(items);
}

json::value listeners(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.listeners());
  if (query.as_table) return table_object(listeners_table(items));
  return items_array(items);
}

json::value connections(const View& view, const Query& query) {
  const auto items = only_wanted(query, view.connections());
  if (query.as_table) return table_object(connections_table(items));
  return items_array(items);
}

json::value status(const View& view, const Query&) {
  return to_json(view.status());
}

struct Route {
  std::string_view path;
  json::value (*answer)(const View&, const Query&);
};
constexpr std::array<Route, 9> kRoutes = {{{"/v1/services", services},
                                           {"/v1/endpoints", endpoints},
                                           {"/v1/nodes", nodes},
                                           {"/v1/pools", pools},
                                           {"/v1/announcements", announcements},
                                           {"/v1/dns", dns},
                                           {"/v1/listeners", listeners},
                                           {"/v1/connections", connections},
                                           {"/v1/status", status}}};

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
  return json_response(200, route->answer(view, query));
}

}  // namespace naru::daemon
