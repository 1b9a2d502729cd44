#include "daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <sstream>

#include "base/text.h"
#include "daemon/command_line_help.h"

namespace naru::daemon {
namespace {

struct Noun {
  std::string_view name;
  std::string_view alias;  // beside the plural without its s, and kubectl's short name
  std::string_view short_name;
};
constexpr std::array<Noun, 8> kNouns = {{{"services", "service", "svc"},
                                         {"endpoints", "endpointslices", "ep"},
                                         {"nodes", "node", "no"},
                                         {"pools", "ipaddresspools", "pool"},
                                         {"announcements", "announcement", ""},
                                         {"dns", "", ""},
                                         {"listeners", "listener", ""},
                                         {"connections", "connection", ""}}};
constexpr std::array<std::string_view, 5> kCommands = {"run", "check", "get", "intercept", "version"};

std::optional<std::string> noun_named(const std::string& word) {
  for (const Noun& noun : kNouns) {
    if (word == noun.name || word == noun.alias || word == noun.short_name) return std::string(noun.name);
  }
  return std::nullopt;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : "";
}

/// Turns an alias into the noun, or says what is known.
std::string check_noun(std::string& word) {
  if (auto noun = noun_named(word)) {
    word = *noun;
    return {};
  }
  std::vector<std::string_view> names;
  for (const Noun& noun : kNouns) names.push_back(noun.name);
  return fmt::format("unknown WHAT \"{}\"{} (it is one of {})", word, suggestion(word, names), kNounList);
}

const std::map<std::string, OutputFormat> kFormats = {{"table", OutputFormat::table},
                                                      {"wide", OutputFormat::wide},
                                                      {"json", OutputFormat::json},
                                                      {"yaml", OutputFormat::yaml}};
const std::map<std::string, log::Level> kLevels = {
    {"debug", log::Level::debug}, {"info", log::Level::info}, {"warn", log::Level::warn}, {"error", log::Level::error}};

/// A word out of a map, told with the words that there are if it is none of them.
template <class T>
void add_choice(CLI::App& app, const std::string& flag, T& target, const std::map<std::string, T>& choices,
                const std::string& what, const std::string& help) {
  app.add_option_function<std::string>(
         flag,
         [&target, &choices, flag](const std::string& word) {
           const auto found = choices.find(word);
           if (found != choices.end()) {
             target = found->second;
             return;
           }
           std::vector<std::string_view> names;
           for (const auto& [name, value] : choices) names.push_back(name);
           throw CLI::ValidationError(flag, fmt::format("unknown value \"{}\"{}", word, suggestion(word, names)));
         },
         help)
      ->type_name(what);
}

/// The parser and the values that it writes to.
class Parser {
 public:
  Parser() : app_(kSummary, "naru") {
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", version_text(), "Print the version and exit");
    app_.footer(kFooter);
    app_.get_formatter()->column_width(26);
    add_run();
    add_check();
    add_get();
    intercept_ = add_intercept(app_, intercept_options_);
    version_ = app_.add_subcommand("version", "Print the version");
  }

  Command parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return ended_by(e, argc > 1 ? argv[1] : "");
    }
    if (run_->parsed()) return run_options_;
    if (check_->parsed()) return check_options_;
    if (get_->parsed()) return get_options_;
    if (intercept_->parsed()) return intercept_options_;
    if (version_->parsed()) return VersionOptions{};
    return ParsedExit{kExitBadUsage, "naru: a command is missing\n\n" + app_.help()};
  }

 private:
  void add_run() {
    run_ = app_.add_subcommand("run", "Serve what the given files say, and follow their changes");
    add_paths(*run_, run_options_.paths);
    run_->add_option("--config", run_options_.config, "naru's own configuration")->type_name("FILE");
    run_->add_option("--node", run_options_.node, "Name of this node (default: the host name)")->type_name("NAME");
    run_->add_option("--state-dir", run_options_.state_dir, kStateDirHelp)->type_name("DIR");
    run_->add_option("--workers", run_options_.workers, "Worker threads (0, the default: one per core)")
        ->type_name("N")
        ->check(CLI::Range(0U, 1024U));
    run_->add_flag("--take-over", run_options_.take_over, kTakeOverHelp);
    add_choice(*run_, "--log-level", run_options_.log_level, kLevels, "L", "debug, info (default), warn or error");
    run_->footer(kRunFooter);
  }

  void add_check() {
    check_ = app_.add_subcommand("check", "Say everything that is wrong with the given files, and serve nothing");
    add_paths(*check_, check_options_.paths);
    check_->add_option("--config", check_options_.config, "naru's own configuration, checked too")->type_name("FILE");
    check_->footer(kCheckFooter);
  }

  void add_get() {
    get_ = app_.add_subcommand("get", "Show the state in force of a running naru");
    get_->add_option("WHAT", get_options_.what, "One of " + std::string(kNounList))
        ->required()
        ->type_name("")
        ->transform(CLI::Validator(check_noun, ""));
    get_->add_option("NAME", get_options_.name, kNameHelp)->type_name("");
    get_->add_option("-n,--namespace", get_options_.name_space, "Only this namespace (default: all)")->type_name("NS");
    add_choice(*get_, "-o,--output", get_options_.output, kFormats, "FORMAT", "table (default), wide, json or yaml");
    auto* config = get_->add_option("--config", get_options_.config,
                                    "The configuration that naru runs with: its "
                                    "adminSocket is asked");
    config->type_name("FILE");
    get_->add_option("--socket", get_options_.socket, "The admin socket to ask")->type_name("PATH")->excludes(config);
    get_->footer(kGetFooter);
  }

  static void add_paths(CLI::App& command, std::vector<std::string>& paths) {
    command.add_option("-f,--filename", paths, kPathHelp)->type_name("PATH")->required();
  }

  ParsedExit ended_by(const CLI::ParseError& e, const std::string& first_word) const {
    if (e.get_exit_code() == 0) {
      std::ostringstream text;
      app_.exit(e, text, text);
      return {kExitDone, text.str()};
    }
    const auto commands = app_.get_subcommands();
    const std::string command = commands.empty() ? "naru" : "naru " + commands.front()->get_name();
    const bool unknown_command = commands.empty() && !first_word.starts_with("-");
    const std::string reason =
        unknown_command ? fmt::format("unknown command \"{}\"{}", first_word, suggestion(first_word, kCommands))
                        : std::string(e.what());
    return {kExitBadUsage, fmt::format("{}: {}\nSee `{} --help`.\n", command, reason, command)};
  }

  CLI::App app_;
  CLI::App* run_{};
  CLI::App* check_{};
  CLI::App* get_{};
  CLI::App* intercept_{};
  CLI::App* version_{};
  RunOptions run_options_;
  CheckOptions check_options_;
  GetOptions get_options_;
  InterceptOptions intercept_options_;
};

}  // namespace

std::string version_text() {
  return "naru " NARU_VERSION;
}

Command parse_command_line(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace naru::daemon
