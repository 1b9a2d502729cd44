#include "daemon/get_command.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <sstream>
#include <thread>

#include "daemon/admin_server.h"
#include "daemon/http_server.h"
#include "fake_view.h"
#include "temp_dir.h"

namespace naru::daemon {
namespace {

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

/// A naru that has the view, asked over a real socket.
Outcome get(const View& view, const GetOptions& options) {
  const TempDir dir;
  const std::string path = (dir.path() / "naru.sock").string();
  boost::asio::io_context io(1);
  HttpServer server(io, [&view](const HttpRequest& request) { return admin_response(view, request, {}); });
  REQUIRE(server.listen_unix(path, "adminSocket").has_value());
  std::thread thread([&io] { io.run(); });
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_get(options, path, out, err);
  io.stop();
  thread.join();
  return {code, out.str(), err.str()};
}

GetOptions options(const std::string& what, std::optional<std::string> name = {}, std::optional<std::string> ns = {},
                   OutputFormat output = OutputFormat::table) {
  return {what, std::move(name), std::move(ns), output, {}, {}};
}

TEST_CASE("get prints a table with the namespace, and without it where one was asked for") {
  const FakeView view = shop();
  CHECK(get(view, options("services")).out ==
        "NAMESPACE   NAME   TYPE           CLUSTER-IP    EXTERNAL-IP   PORT(S)                      ENDPOINTS\n"
        "shop        web    LoadBalancer   127.96.0.17   127.0.44.1    80:30080/TCP,443:30443/TCP   2/3\n");
  CHECK(get(view, options("services", "web", "shop")).out ==
        "NAME   TYPE           CLUSTER-IP    EXTERNAL-IP   PORT(S)                      ENDPOINTS\n"
        "web    LoadBalancer   127.96.0.17   127.0.44.1    80:30080/TCP,443:30443/TCP   2/3\n");
  CHECK(get(view, options("nodes", {}, {}, OutputFormat::wide)).out.find("TAINTS") != std::string::npos);
}

TEST_CASE("json and yaml print what the API says") {
  const FakeView view = shop();
  const Outcome as_json = get(view, options("services", {}, {}, OutputFormat::json));
  CHECK(as_json.out.starts_with("{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": [\n"));
  const Outcome as_yaml = get(view, options("dns", {}, {}, OutputFormat::yaml));
  CHECK(as_yaml.out == "- name: web.shop.svc.cluster.local.\n  type: A\n  ttl: 5\n  data: 127.96.0.17\n");
}

TEST_CASE("a name that is not there is an error in kubectl's words; nothing at all is not") {
  const FakeView view = shop();
  const Outcome missing = get(view, options("services", "x"));
  CHECK(missing.code == 1);
  CHECK(missing.out.empty());
  CHECK(missing.err == "Error: services \"x\" not found\n");
  CHECK(get(view, options("services", "web", "default", OutputFormat::json)).code == 1);

  const Outcome none = get(view, options("announcements"));
  CHECK(none.code == 0);
  CHECK(none.err == "No resources found\n");
  CHECK(get(view, options("services", {}, "default")).err == "No resources found in default namespace.\n");
  const Outcome empty_list = get(view, options("announcements", {}, {}, OutputFormat::json));
  CHECK(empty_list.out == "[]\n");
  CHECK(empty_list.err.empty());
}

TEST_CASE("names are encoded on their way") {
  CHECK(get(shop(), options("services", "a&as=b c/%")).err == "Error: services \"a&as=b c/%\" not found\n");
}

TEST_CASE("standing errors are told below the table") {
  FakeView view = shop();
  view.status_view.errors = {{{std::make_shared<const std::string>("web.yaml"), 14}, "", "", "is not YAML"}};
  const Outcome one = get(view, options("services"));
  CHECK(one.code == 0);
  CHECK(one.err ==
        "1 error in the sources; what it names is not in force, or is as it was before:\n"
        "  web.yaml:14: is not YAML\n");
  view.status_view.errors.push_back(view.status_view.errors[0]);
  CHECK(get(view, options("services")).err.starts_with("2 errors in the sources; what they name is"));
  CHECK(get(view, options("services", {}, {}, OutputFormat::json)).err.empty());
}

TEST_CASE("without a naru the message says which socket was asked and what to try") {
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_get(options("services"), "/nonexistent/naru.sock", out, err) == 1);
  CHECK(out.str().empty());
  CHECK(err.str() ==
        "Error: no naru answers on /nonexistent/naru.sock: No such file or directory\n"
        "Is `naru run` running? Name its socket with --socket PATH, or the configuration it runs with by --config "
        "FILE.\n");
}

}  // namespace
}  // namespace naru::daemon
