#include "daemon/admin_server.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

HttpResponse ask(const View& view, const std::string& path, std::map<std::string, std::string> query = {}) {
  return whole(admin_response(view, {"GET", path, std::move(query)}, {}));
}

json::value answer(const View& view, const std::string& path, std::map<std::string, std::string> query = {}) {
  const HttpResponse response = ask(view, path, std::move(query));
  REQUIRE(response.status == 200);
  CHECK(response.content_type == "application/json");
  return json::parse(response.body);
}

TEST_CASE("kinds of Kubernetes are Lists, naru's own are arrays, status is an object") {
  const FakeView view = shop();
  for (const char* path : {"/v1/services", "/v1/endpoints", "/v1/nodes", "/v1/pools"}) {
    INFO(path);
    const json::value list = answer(view, path);
    CHECK(list.at("kind") == "List");
    CHECK(list.at("items").as_array().size() == 1);
  }
  CHECK(answer(view, "/v1/dns").as_array().size() == 1);
  CHECK(answer(view, "/v1/listeners").as_array().size() == 2);
  CHECK(answer(view, "/v1/connections").as_array().size() == 1);
  CHECK(answer(view, "/v1/announcements").as_array().empty());
  CHECK(answer(view, "/v1/status").at("generation") == 7);
}

TEST_CASE("with nothing in force every answer is empty, not missing") {
  const FakeView view;
  for (const char* path : {"/v1/services", "/v1/endpoints", "/v1/nodes", "/v1/pools"}) {
    CHECK(answer(view, path).at("items").as_array().empty());
  }
  for (const char* path : {"/v1/dns", "/v1/listeners", "/v1/connections"}) {
    CHECK(answer(view, path).as_array().empty());
    CHECK(answer(view, path, {{"as", "table"}}).at("rows").as_array().empty());
  }
}

TEST_CASE("namespace and name select") {
  struct Row {
    const char* path;
    std::map<std::string, std::string> query;
    std::size_t expected;
  };
  const Row rows[] = {
      {"/v1/services", {{"name", "web"}}, 1},
      {"/v1/services", {{"name", "we"}}, 0},
      {"/v1/services", {{"namespace", "shop"}, {"name", "web"}}, 1},
      {"/v1/services", {{"namespace", "default"}}, 0},
      {"/v1/endpoints", {{"name", "web-abc"}}, 1},
      {"/v1/endpoints", {{"name", "web"}}, 1},
      {"/v1/endpoints", {{"name", "abc"}}, 0},
      {"/v1/nodes", {{"namespace", "shop"}}, 1},
      {"/v1/nodes", {{"name", "w2"}}, 0},
      {"/v1/pools", {{"name", "edge"}}, 1},
      {"/v1/dns", {{"name", "web.shop.svc.cluster.local"}}, 1},
      {"/v1/dns", {{"name", "web.shop.svc.cluster.local."}}, 1},
      {"/v1/dns", {{"name", "web"}}, 0},
      {"/v1/listeners", {{"name", "web"}}, 2},
      {"/v1/connections", {{"namespace", "default"}}, 0},
  };
  const FakeView view = shop();
  for (const Row& row : rows) {
    INFO(row.path << " " << row.query.begin()->second);
    const json::value found = answer(view, row.path, row.query);
    CHECK((found.is_array() ? found : found.at("items")).as_array().size() == row.expected);
  }
}

TEST_CASE("a table has a cell for each column") {
  const FakeView view = shop();
  for (const char* noun : {"services", "endpoints", "nodes", "pools", "dns", "listeners", "connections"}) {
    INFO(noun);
    const json::value table = answer(view, std::string("/v1/") + noun, {{"as", "table"}});
    CHECK(table.at("kind") == "Table");
    for (const json::value& row : table.at("rows").as_array()) {
      CHECK(row.as_array().size() == table.at("columns").as_array().size());
    }
  }
}

TEST_CASE("what is asked wrongly is refused with a reason") {
  const FakeView view;
  CHECK(ask(view, "/v1/pods").status == 404);
  CHECK(ask(view, "/").status == 404);
  CHECK(ask(view, "/v1/services", {{"label", "x"}}).status == 400);
  CHECK(ask(view, "/v1/services", {{"as", "xml"}}).status == 400);
  CHECK(admin_response(view, {"POST", "/v1/services", {}}, {}).status == 405);
  CHECK(json::parse(ask(view, "/v1/pods").body).at("error") == "no such path: /v1/pods");
}

}  // namespace
}  // namespace naru::daemon
