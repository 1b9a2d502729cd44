// `naru intercept`: what is to be intercepted, and what is read back of it.
#include <catch2/catch.hpp>

#include "daemon/command_line.h"
#include "daemon/intercept_command.h"
#include "daemon/intercept_setup.h"
#include "daemon/intercept_shown.h"

namespace naru::daemon {
namespace {

Cidr cidr(std::string_view text) {
  return Cidr::parse(text).value();
}

InterceptHost host() {
  InterceptHost host;
  host.resolv_conf = "nameserver 192.0.2.53\nnameserver 2001:db8::53\n";
  host.uid_of = [](const std::string& name) {
    return name == "shop" ? std::optional<std::uint32_t>(1000) : std::nullopt;
  };
  host.cgroup = [](const std::string& path) -> Result<runtime::CgroupSelector> {
    if (path == "none") return Error{Errc::not_found, "none: there is no such control group"};
    return runtime::CgroupSelector{path, 1};
  };
  return host;
}

InterceptOptions for_a_user() {
  InterceptOptions options;
  options.uids = {"1000"};
  options.service_cidrs = {"10.96.0.0/12"};
  return options;
}

config::Intercept configured() {
  return {Port(15002), {cidr("10.43.0.0/16")}, Port(1054)};
}

TEST_CASE("the command line says it all, or the configuration does") {
  const auto by_hand = intercept_rules(for_a_user(), std::nullopt, host());
  REQUIRE(by_hand.has_value());
  CHECK(by_hand->port == Port(15001));
  CHECK(by_hand->cidrs == std::vector{cidr("10.96.0.0/12")});
  CHECK_FALSE(by_hand->dns_port);

  InterceptOptions options;
  options.uids = {"shop", "1000", "1001"};
  const auto by_file = intercept_rules(options, configured(), host());
  REQUIRE(by_file.has_value());
  CHECK(by_file->uids == std::vector<std::uint32_t>{1000, 1001});
  CHECK(by_file->port == Port(15002));
  CHECK(by_file->cidrs == configured().cidrs);
  CHECK(by_file->dns_port == Port(1054));
  CHECK(by_file->resolvers.size() == 2);
}

TEST_CASE("the command line goes before the configuration") {
  InterceptOptions options = for_a_user();
  options.port = 1;
  options.dns_port = 2;
  options.resolvers = {"192.0.2.1"};
  const auto rules = intercept_rules(options, configured(), host());
  REQUIRE(rules.has_value());
  CHECK(rules->port == Port(1));
  CHECK(rules->dns_port == Port(2));
  CHECK(rules->cidrs == std::vector{cidr("10.96.0.0/12")});
  CHECK(rules->resolvers == std::vector{IpAddress::parse("192.0.2.1").value()});
}

TEST_CASE("what is missing or cannot be is said in one line") {
  struct Row {
    const char* sentence;
    void (*change)(InterceptOptions&);
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"nobody", [](InterceptOptions& o) { o.uids.clear(); }, "whose connections? Say --uid, --cgroup or --all"},
      {"everybody, the sidecar too",
       [](InterceptOptions& o) {
         o.uids.clear();
         o.everybody = true;
       },
       "--sidecar-uid is missing: with --all or --cgroup the sidecar's own connections could be intercepted"},
      {"a control group, with the sidecar perhaps", [](InterceptOptions& o) { o.cgroups = {"shop"}; },
       "--sidecar-uid is missing: with --all or --cgroup the sidecar's own connections could be intercepted"},
      {"the sidecar itself", [](InterceptOptions& o) { o.sidecar_uids = {"shop"}; },
       "user 1000 is intercepted and the sidecar's too: run the sidecar as another"},
      {"no such user", [](InterceptOptions& o) { o.uids = {"nobody-there"}; }, "nobody-there: there is no such user"},
      {"no such control group",
       [](InterceptOptions& o) {
         o.cgroups = {"none"};
         o.sidecar_uids = {"1337"};
       },
       "none: there is no such control group"},
      {"nowhere", [](InterceptOptions& o) { o.service_cidrs.clear(); },
       "connections to where? Say --service-cidr, or give a --config that has intercept.port"},
      {"loopback", [](InterceptOptions& o) { o.service_cidrs = {"127.96.0.0/12"}; },
       "--service-cidr: 127.96.0.0/12 is on loopback, where naru listens itself: there is nothing to intercept"},
      {"alike when intercepted",
       [](InterceptOptions& o) {
         o.service_cidrs = {"10.96.0.0/12", "10.224.0.0/12"};
       },
       "--service-cidr: datagrams to 10.224.0.0/12 and to 10.96.0.0/12 could not be told apart"},
      {"a resolver for nothing", [](InterceptOptions& o) { o.resolvers = {"192.0.2.1"}; },
       "--resolver is of no use without --dns-port"},
      {"one port for both", [](InterceptOptions& o) { o.dns_port = 15001; }, "--port and --dns-port must differ"},
  }));
  INFO(row.sentence);
  InterceptOptions options = for_a_user();
  row.change(options);
  const auto rules = intercept_rules(options, std::nullopt, host());
  REQUIRE_FALSE(rules.has_value());
  CHECK(rules.error().message == row.message);
}

TEST_CASE("a resolv.conf without a resolver asks for one") {
  InterceptHost silent = host();
  silent.resolv_conf = "search example\n";
  InterceptOptions options = for_a_user();
  options.dns_port = 1053;
  const auto rules = intercept_rules(options, std::nullopt, silent);
  REQUIRE_FALSE(rules.has_value());
  CHECK(rules.error().message == "/etc/resolv.conf names no resolver to intercept: say --resolver");
}

TEST_CASE("the command line of naru intercept") {
  const char* words[] = {"naru",       "intercept", "install",       "--uid", "1000",           "--uid",
                         "1001",       "--all",     "--cgroup",      "a",     "--port",         "15001",
                         "--dns-port", "1053",      "--sidecar-uid", "1337",  "--service-cidr", "10.96.0.0/12",
                         "--config",   "n.yaml",    "--dry-run"};
  const auto command = parse_command_line(std::size(words), words);
  REQUIRE(std::holds_alternative<InterceptOptions>(command));
  const auto& options = std::get<InterceptOptions>(command);
  CHECK(options.action == InterceptAction::install);
  CHECK(options.uids == std::vector<std::string>{"1000", "1001"});
  CHECK(options.cgroups == std::vector<std::string>{"a"});
  CHECK(options.sidecar_uids == std::vector<std::string>{"1337"});
  CHECK((options.everybody && options.dry_run));
  CHECK(options.port == 15001);
  CHECK(options.dns_port == 1053);

  const char* none[] = {"naru", "intercept"};
  CHECK(std::get<ParsedExit>(parse_command_line(2, none)).code == kExitBadUsage);
  const char* show[] = {"naru", "intercept", "show", "-o", "json"};
  CHECK(std::get<InterceptOptions>(parse_command_line(5, show)).json);
  const char* yaml[] = {"naru", "intercept", "show", "-o", "yaml"};
  CHECK(std::get<ParsedExit>(parse_command_line(5, yaml)).code == kExitBadUsage);
}

constexpr const char* kTable = R"({"nftables": [{"metainfo": {"version": "1.0.6"}},
 {"table": {"family": "inet", "name": "naru_intercept", "handle": 2}},
 {"set": {"family": "inet", "name": "sidecar", "table": "naru_intercept", "type": "uid", "elem": [1337]}},
 {"set": {"family": "inet", "name": "uids", "table": "naru_intercept", "type": "uid", "elem": [1000, 1001]}},
 {"set": {"name": "cidrs4", "elem": [{"prefix": {"addr": "10.96.0.0", "len": 12}}, "203.0.113.7",
          {"range": ["192.0.2.1", "192.0.2.3"]}]}},
 {"set": {"name": "resolvers4", "elem": ["192.0.2.53"]}},
 {"chain": {"name": "output", "hook": "output"}}, {"chain": {"name": "redirected"}},
 {"rule": {"chain": "output", "expr": [{"match": {"op": "==", "left": {"meta": {"key": "skuid"}},
          "right": "@sidecar"}}, {"return": null}]}},
 {"rule": {"chain": "output", "expr": [{"match": {"op": "==", "left": {"socket": {"key": "cgroupv2"}},
          "right": "shop/web"}}, {"jump": {"target": "redirected"}}]}},
 {"rule": {"chain": "redirected", "comment": "tcp", "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}},
          "right": "tcp"}}, {"counter": {"packets": 7, "bytes": 420}}, {"redirect": {"port": 15001}}]}},
 {"rule": {"chain": "redirected", "comment": "udp", "expr": [{"counter": {"packets": 2, "bytes": 100}}, {"dnat": {}}]}},
 {"rule": {"chain": "redirected", "comment": "udp", "expr": [{"counter": {"packets": 3, "bytes": 100}}, {"dnat": {}}]}},
 {"rule": {"chain": "redirected", "comment": "dns", "expr": [{"counter": {"packets": 4, "bytes": 100}},
          {"redirect": {"port": 1053}}]}}]})";

TEST_CASE("what is in force is read back from the kernel's table") {
  const auto shown = parse_intercept(kTable);
  REQUIRE(shown.has_value());
  CHECK(intercept_text(*shown) == R"(intercepted  uid 1000, uid 1001, cgroup shop/web
but for      uid 1337
to           10.96.0.0/12, 203.0.113.7, 192.0.2.1-192.0.2.3
TCP          to port 15001 of loopback: 7 connections
UDP          to 127.128.0.0/9 and fd6e::/16, ports below 1024 to 61440 and up: 5 flows
DNS          of 192.0.2.53 to port 1053 of loopback: 4 flows
)");
  const std::string json = intercept_json(*shown);
  CHECK(json.find("\"installed\": true") != std::string::npos);
  CHECK(json.find("\"dnsPort\": 1053") != std::string::npos);
  CHECK(intercept_json(std::nullopt).find("\"installed\": false") != std::string::npos);
}

TEST_CASE("a table of that name that somebody else made is told, not believed") {
  for (const char* text : {"", "{}", R"({"nftables": 1})", R"({"nftables": [{"set": {}}]})",
                           R"({"nftables": [{"rule": {"chain": "redirected"}, "x": 1}, 3]})"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_intercept(text).has_value());
  }
}

TEST_CASE("what is intercepted need not be this host's") {
  const std::optional<config::Intercept> intercept =
      config::Intercept{Port(15001), {cidr("10.96.0.0/12"), cidr("fd00:96::/112")}, Port(1053)};
  const std::vector<Cidr> all = {cidr("10.96.0.0/12"), cidr("127.96.0.0/12")};
  CHECK(not_intercepted(all, intercept) == std::vector{cidr("127.96.0.0/12")});
  CHECK(not_intercepted(all, std::nullopt) == all);
  const auto dns = intercepted_dns_addresses(intercept);
  REQUIRE(dns.size() == 2);
  CHECK(dns[0].to_string() == "127.0.0.1:1053");
  CHECK(dns[1].to_string() == "[::1]:1053");
  CHECK(intercepted_dns_addresses(std::nullopt).empty());
}

}  // namespace
}  // namespace naru::daemon
