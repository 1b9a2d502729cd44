#include "config/loader.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "config/document.h"
#include "config/kinds.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/text_check.h"

namespace naru::config {
namespace {

Object load_kind(const Field& object, const KindInfo& info) {
  Meta meta = load_meta(object, info);
  switch (info.kind) {
    case Kind::service:
      return load_service(object, std::move(meta));
    case Kind::endpoint_slice:
      return load_endpoint_slice(object, std::move(meta));
    case Kind::endpoints:
      return load_endpoints(object, std::move(meta));
    case Kind::pod:
      return load_pod(object, std::move(meta));
    case Kind::node:
      return load_node(object, std::move(meta));
    case Kind::name_space:
      return load_namespace(object, std::move(meta));
    case Kind::ip_address_pool:
      return load_ip_address_pool(object, std::move(meta));
    case Kind::service_policy:
      return load_service_policy(object, std::move(meta));
    case Kind::l2_advertisement:
      return load_l2_advertisement(object, std::move(meta));
    case Kind::bgp_advertisement:
      return load_bgp_advertisement(object, std::move(meta));
    case Kind::bgp_peer:
      return load_bgp_peer(object, std::move(meta));
    case Kind::bfd_profile:
      return load_bfd_profile(object, std::move(meta));
    case Kind::community:
      return load_community(object, std::move(meta));
    case Kind::secret:
      break;
  }
  return load_secret(object, std::move(meta));
}

std::optional<Fault> check_size(std::size_t size) {
  if (size <= kLargestFile) return std::nullopt;
  return Fault{0, fmt::format("is larger than {} MiB, the most that naru reads", kLargestFile >> 20), 0};
}

/// Loads one document and, where it is a list, what is in it.
class DocumentLoader {
 public:
  DocumentLoader(const Origin& origin, Loaded& loaded) : origin_(origin), loaded_(loaded) {}

  void load(const Value& value) {
    Report report(origin_, loaded_.errors);
    const Field object(report, &value);
    if (!object.map_of_anything()) return;
    const Field api_version = object["apiVersion"];
    const Field kind = object["kind"];
    const auto name = nonempty(kind);
    if (name) report.set_object(name_for_messages(value, *name, is_namespaced(*name)));
    const auto version = nonempty(api_version);
    if (!version && !wrong_type(api_version)) api_version.fail_required();
    if (!name && !wrong_type(kind)) kind.fail_required();
    if (version && name) load_as(value, *version, *name, recognize(*version, *name));
  }

 private:
  static bool wrong_type(const Field& field) { return field && scalar_type(*field.value()) != ScalarType::string; }

  void load_as(const Value& value, const std::string& version, const std::string& kind, const Recognized& recognized) {
    switch (recognized.as) {
      case Recognized::As::object:
        return load_object(value, recognized.info);
      case Recognized::As::list:
        return load_list(value, kind, recognized);
      case Recognized::As::other:
        return loaded_.skipped.push_back({version, kind, {origin_, value.line}});
      case Recognized::As::mistake:
        break;
    }
    Report report(origin_, loaded_.errors);
    report.set_object(name_for_messages(value, kind, is_namespaced(kind)));
    const Field object(report, &value);
    object.fail_at(recognized.wrong_api_version ? "apiVersion" : "kind", recognized.reason);
  }

  void load_object(const Value& value, const KindInfo& info) {
    Report report(origin_, loaded_.errors);
    report.set_object(name_for_messages(value, to_string(info.kind), info.namespaced));
    Object object = load_kind(Field(report, &value), info);
    if (report.count() == 0) loaded_.objects.push_back(std::move(object));
  }

  /// The items of a ServiceList need not say that they are Services.
  void load_list(const Value& value, const std::string& kind, const Recognized& recognized) {
    Report report(origin_, loaded_.errors);
    report.set_object(kind);
    const Field list(report, &value);
    const Field items = list["items"];
    items.each([&](const Field& item) {
      const bool says_kind = item && item.value()->find("kind") != nullptr;
      if (recognized.items_have_kind || says_kind) {
        if (depth_ == kDeepestList) return item.fail("is a list in a list in a list: too deep");
        ++depth_;
        load(*item.value());
        --depth_;
      } else if (item.map_of_anything()) {
        load_object(*item.value(), recognized.info);
      }
    });
  }

  static constexpr int kDeepestList = 3;
  const Origin& origin_;
  Loaded& loaded_;
  int depth_{};
};

}  // namespace

Loaded load_documents(std::string_view text, const Origin& origin) {
  Loaded loaded;
  const Documents parsed = parse_documents(text);
  DocumentLoader loader(origin, loaded);
  for (const Value& document : parsed.documents) loader.load(document);
  if (parsed.fault) {
    std::string reason = parsed.fault->reason;
    if (parsed.fault->first_line > 0) {
      reason += fmt::format(" (first at line {})", origin.lines_before() + parsed.fault->first_line);
    }
    loaded.errors.push_back({{origin, parsed.fault->line}, {}, {}, std::move(reason)});
  }
  return loaded;
}

std::optional<Issue> unfit(std::string_view text, const Origin& origin) {
  std::optional<Fault> fault = check_size(text.size());
  if (!fault) fault = check_text(text);
  if (!fault) return std::nullopt;
  Issue issue;
  issue.location = {origin, fault->line};
  issue.reason = std::move(fault->reason);
  return issue;
}

std::vector<Issue> notices_of(const std::vector<Skipped>& skipped) {
  struct Group {
    const Skipped* first;
    std::size_t count;
  };
  std::map<std::pair<std::string_view, std::string_view>, Group> groups;
  for (const Skipped& each : skipped) {
    ++groups.try_emplace({each.kind, each.api_version}, Group{&each, 0}).first->second.count;
  }
  std::vector<Issue> notices;
  for (const auto& [key, group] : groups) {
    const std::string more = group.count == 1 ? "" : fmt::format(" ({} objects; this is the first)", group.count);
    Issue& notice = notices.emplace_back();
    notice.location = group.first->location;
    notice.object = fmt::format("{} ({})", word_or_quote(key.first), word_or_quote(key.second));
    notice.reason = "skipped: naru does not read this kind" + more;
  }
  return notices;
}

}  // namespace naru::config
