#include "dns/autopath.h"

#include <algorithm>
#include <optional>

namespace naru::dns {
namespace {

/// `relative` (wire form without the root's byte) below `domain`; nothing if that is too long.
std::optional<Name> joined(std::string_view relative, const Name& domain) {
  if (relative.size() + domain.wire().size() > kMaxNameSize) return std::nullopt;
  return Name::from_wire(std::string(relative) + domain.wire());
}

/// Whether the zone has `name`; nothing: it is not ours to say.
std::optional<bool> has_name(const Zone& zone, const Name& name) {
  ParsedName parsed;
  parsed.assign(name.wire());
  const Found found = zone.lookup(parsed.lower(), parsed.labels());
  if (found.origin == nullptr) return std::nullopt;
  return found.records != nullptr || zone.pod_address(parsed.lower(), parsed.labels()).has_value();
}

}  // namespace

std::vector<Name> names_after(std::string_view name, std::string_view name_space, const Name& domain,
                              const std::vector<Name>& search) {
  const auto services = Name::below("svc", domain);
  const auto first = services ? Name::below(name_space, *services) : std::nullopt;
  if (!first || name.size() <= first->wire().size() || !name.ends_with(first->wire())) return {};
  const std::string_view wanted = name.substr(0, name.size() - first->wire().size());
  // The suffix must begin with a label, not within one.
  std::size_t at = 0;
  while (at < wanted.size()) at += static_cast<unsigned char>(wanted[at]) + 1U;
  if (at != wanted.size()) return {};
  std::vector<Name> names;
  const auto add = [&](const Name& below) {
    const auto next = joined(wanted, below);
    if (next && std::ranges::find(names, *next) == names.end()) names.push_back(*next);
  };
  add(*services);
  add(domain);
  for (const Name& each : search) add(each);
  add(Name());
  return names;
}

Answer walk_search_list(const Answer& answered, std::span<const std::uint8_t> message, const Query& query,
                        const IpAddress& client, const Zone& zone, const AutopathOptions& autopath,
                        const AnswerOptions& options, std::span<std::uint8_t> out,
                        std::shared_ptr<const AutopathWalk>& walk) {
  const std::string* name_space = zone.pod_namespace(client);
  if (name_space == nullptr) return answered;
  AutopathWalk found;
  found.otherwise.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(answered.size));
  found.otherwise_answer = answered;
  for (const Name& name : names_after(query.name.lower(), *name_space, zone.domain(), autopath.search)) {
    const auto has = has_name(zone, name);
    if (has ? !*has : !options.can_forward) continue;
    const Answer next = respond_through(name, message, query, zone, options, out);
    const std::span<const std::uint8_t> bytes = out.first(next.size);
    if (next.action == Action::forward) {
      found.steps.push_back({std::string(bytes.begin(), bytes.end()), next.target->wire()});
      continue;
    }
    found.otherwise.assign(bytes.begin(), bytes.end());
    found.otherwise_answer = next;
    break;
  }
  // Without steps, what is to be said stands in `out` already.
  if (found.steps.empty()) return found.otherwise_answer;
  walk = std::make_shared<const AutopathWalk>(std::move(found));
  return {Action::forward, 0, Rcode::no_error, false, {}, nullptr};
}

}  // namespace naru::dns
