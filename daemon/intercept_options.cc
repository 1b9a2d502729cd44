#include "daemon/intercept_options.h"

#include <CLI/CLI.hpp>

#include "daemon/command_line_help.h"

namespace naru::daemon {
namespace {

constexpr const char* kUidHelp =
    "Intercept what processes of this user do, a number or a name. Repeatable, as --cgroup";
constexpr const char* kCgroupHelp = "Intercept what processes of this control group (version 2) and those below it do";
constexpr const char* kAllHelp = "Intercept what everybody in this network namespace does, but for --sidecar-uid";
constexpr const char* kSidecarHelp =
    "The user that the sidecar runs as, which is never intercepted. Needed with --cgroup and --all";
constexpr const char* kCidrHelp = "What is intercepted (default: intercept.cidrs of --config). Repeatable";
constexpr const char* kPortHelp = "The sidecar's intercept.port (default: that of --config, else 15001)";
constexpr const char* kDnsPortHelp =
    "The sidecar's intercept.dnsPort (default: that of --config): queries to the resolvers go there";
constexpr const char* kResolverHelp = "A resolver whose queries are intercepted (default: those of /etc/resolv.conf)";

void add_install(CLI::App& app, InterceptOptions& options) {
  CLI::App* install = app.add_subcommand("install", "Redirect connections to Services to the sidecar, from now on");
  install->add_option("--uid", options.uids, kUidHelp)->type_name("UID")->allow_extra_args(false);
  install->add_option("--cgroup", options.cgroups, kCgroupHelp)->type_name("PATH")->allow_extra_args(false);
  install->add_flag("--all", options.everybody, kAllHelp);
  install->add_option("--sidecar-uid", options.sidecar_uids, kSidecarHelp)->type_name("UID")->allow_extra_args(false);
  install->add_option("--service-cidr", options.service_cidrs, kCidrHelp)->type_name("CIDR")->allow_extra_args(false);
  install->add_option("--port", options.port, kPortHelp)->type_name("PORT")->check(CLI::Range(1, 65535));
  install->add_option("--dns-port", options.dns_port, kDnsPortHelp)->type_name("PORT")->check(CLI::Range(1, 65535));
  install->add_option("--resolver", options.resolvers, kResolverHelp)->type_name("ADDRESS")->allow_extra_args(false);
  install->add_option("--config", options.config, "The configuration that the sidecar runs with")->type_name("FILE");
  install->add_flag("--dry-run", options.dry_run, "Print what nft would be told, and change nothing");
  install->footer(kInterceptInstallFooter);
  install->callback([&options] { options.action = InterceptAction::install; });
}

void add_remove(CLI::App& app, InterceptOptions& options) {
  CLI::App* remove = app.add_subcommand("remove", "Redirect nothing any more");
  remove->footer(kInterceptRemoveFooter);
  remove->callback([&options] { options.action = InterceptAction::remove; });
}

void add_show(CLI::App& app, InterceptOptions& options) {
  CLI::App* show = app.add_subcommand("show", "Show what is redirected");
  show->add_option_function<std::string>(
          "-o,--output",
          [&options](const std::string& word) {
            if (word != "table" && word != "json") throw CLI::ValidationError("-o", "it is table or json");
            options.json = word == "json";
          },
          "table (default) or json")
      ->type_name("FORMAT");
  show->callback([&options] { options.action = InterceptAction::show; });
}

}  // namespace

CLI::App* add_intercept(CLI::App& app, InterceptOptions& options) {
  CLI::App* intercept = app.add_subcommand("intercept", "Redirect an application's connections to its sidecar");
  intercept->require_subcommand(1);
  add_install(*intercept, options);
  add_remove(*intercept, options);
  add_show(*intercept, options);
  intercept->footer(kInterceptFooter);
  return intercept;
}

}  // namespace naru::daemon
