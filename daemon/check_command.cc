#include "daemon/check_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "config/file_source.h"
#include "daemon/announcing_references.h"

namespace naru::daemon {
namespace {

using config::Issue;

config::LoadedConfiguration configuration_of(const CheckOptions& options) {
  const auto environment = config::Environment::of_this_process();
  if (!options.config) return {config::default_configuration(environment), {}, {}};
  return config::load_configuration_file(*options.config, environment);
}

void append(std::vector<Issue>& all, std::vector<Issue> more) {
  std::ranges::move(more, std::back_inserter(all));
}

/// Several faults of one line stay in the order in which they were found.
void sort_by_place(std::vector<Issue>& issues) {
  const auto file = [](const Issue& issue) { return issue.location.file ? *issue.location.file : std::string(); };
  std::ranges::stable_sort(issues, [&](const Issue& a, const Issue& b) {
    return std::pair(file(a), a.location.line_in_file()) < std::pair(file(b), b.location.line_in_file());
  });
}

std::string plural(config::Kind kind) {
  if (kind == config::Kind::service_policy) return "ServicePolicies";
  if (kind == config::Kind::community) return "Communities";
  const std::string name(to_string(kind));
  return name.ends_with('s') ? name : name + "s";
}

/// "3 Services, 1 Node"
std::string counts_text(const std::vector<config::Object>& objects) {
  std::map<config::Kind, std::size_t> counts;
  for (const config::Object& object : objects) ++counts[kind_of(object)];
  std::vector<std::string> words;
  for (const auto& [kind, count] : counts) {
    words.push_back(count == 1 ? fmt::format("1 {}", to_string(kind)) : fmt::format("{} {}", count, plural(kind)));
  }
  return words.empty() ? "no objects" : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

int run_check(const CheckOptions& options, const AllocationCheck& check_allocations, std::ostream& out,
              std::ostream& err) {
  config::LoadedConfiguration configuration = configuration_of(options);
  config::SourceUpdate loaded = config::load_files(options.paths);
  std::vector<Issue> errors = std::move(loaded.errors);
  DesiredState desired;
  desired.apply(loaded);
  append(configuration.notices, announcing_notices(desired));
  if (check_allocations) append(errors, check_allocations(loaded, configuration.value));
  sort_by_place(errors);
  append(configuration.errors, std::move(errors));
  append(configuration.notices, std::move(loaded.notices));
  for (const Issue& notice : configuration.notices) err << "notice: " << notice.to_string() << "\n";
  for (const Issue& error : configuration.errors) err << error.to_string() << "\n";
  if (!configuration.errors.empty()) return kExitBadInput;
  out << "good: " << counts_text(loaded.upserted) << "\n";
  return kExitDone;
}

}  // namespace naru::daemon
