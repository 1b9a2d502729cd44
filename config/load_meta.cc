#include "config/load_meta.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 16> kMetaFields = {"name",
                                                          "namespace",
                                                          "labels",
                                                          "annotations",
                                                          "uid",
                                                          "creationTimestamp",
                                                          "deletionTimestamp",
                                                          "deletionGracePeriodSeconds",
                                                          "finalizers",
                                                          "generateName",
                                                          "generation",
                                                          "managedFields",
                                                          "ownerReferences",
                                                          "resourceVersion",
                                                          "selfLink",
                                                          "clusterName"};

using Check = std::optional<std::string> (*)(std::string_view);

Check name_form(Kind kind) {
  if (kind == Kind::service) return bad_dns_1035_label;
  return kind == Kind::name_space ? bad_dns_label : bad_dns_subdomain;
}

bool is_timestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return false;
  }
  const std::string_view rest = text.substr(kForm.size());
  return rest.find_first_not_of("0123456789.:+-Z") == std::string_view::npos &&
         rest.find_first_of("Z+-") != std::string_view::npos;
}

std::string load_timestamp(const Field& field) {
  const auto given = nonempty(field);
  if (given && !is_timestamp(*given))
    field.fail(fmt::format("{}: must be a time as in 2006-01-02T15:04:05Z", quote(*given)));
  return given.value_or("");
}

std::string load_namespace_name(const Field& field, bool namespaced) {
  if (namespaced) return load_name(field, bad_dns_label).value_or("default");
  if (nonempty(field)) field.fail("not allowed on this type");
  return {};
}

Labels load_annotations(const Field& field) {
  Labels annotations;
  field.each_entry([&](const Value::Key& key, const Field& value) {
    if (auto reason = bad_qualified_name(to_lower(key.name))) value.fail(*reason);
    annotations.emplace(key.name, value.text_or(""));
  });
  return annotations;
}

}  // namespace

Meta load_meta(const Field& object, const KindInfo& info) {
  Meta meta;
  meta.location = object.report().at(object.line());
  const Field field = object["metadata"];
  if (!field) return object.fail_at("metadata", "Required value"), meta;
  if (!field.map(kMetaFields)) return meta;
  const Field name = field["name"];
  if (const auto given = nonempty(name)) {
    meta.name = *given;
    if (auto reason = name_form(info.kind)(*given)) name.fail(*reason);
  } else {
    name.fail_required();
  }
  meta.name_space = load_namespace_name(field["namespace"], info.namespaced);
  meta.labels = load_labels(field["labels"]);
  meta.annotations = load_annotations(field["annotations"]);
  meta.uid = field["uid"].text_or("");
  meta.creation_timestamp = load_timestamp(field["creationTimestamp"]);
  meta.deletion_timestamp = load_timestamp(field["deletionTimestamp"]);
  return meta;
}

std::string name_for_messages(const Value& object, std::string_view kind, bool namespaced) {
  const auto text_at = [](const Value* value, std::string_view key) -> std::string_view {
    const Value* found = value == nullptr ? nullptr : value->find(key);
    return found != nullptr && found->type == Value::Type::scalar ? std::string_view(found->text) : std::string_view();
  };
  const Value* meta = object.find("metadata");
  std::string_view name_space = text_at(meta, "namespace");
  if (name_space.empty() && namespaced) name_space = "default";
  const std::string_view name = text_at(meta, "name");
  const std::string prefix = name_space.empty() ? "" : word_or_quote(name_space) + "/";
  return fmt::format("{} {}{}", word_or_quote(kind), prefix, name.empty() ? "(no name)" : word_or_quote(name));
}

Labels load_labels(const Field& labels) {
  Labels all;
  labels.each_entry([&](const Value::Key& key, const Field& value) {
    if (auto reason = bad_qualified_name(key.name)) value.fail(*reason);
    std::string text = value.text_or("");
    if (auto reason = bad_label_value(text)) value.fail(*reason);
    all.emplace(key.name, std::move(text));
  });
  return all;
}

namespace {

LabelSelectorRequirement load_requirement(const Field& field) {
  constexpr std::array<std::string_view, 3> kFields = {"key", "operator", "values"};
  LabelSelectorRequirement requirement;
  if (!field.map(kFields)) return requirement;
  const Field key = field["key"];
  requirement.key = load_name(key, bad_qualified_name).value_or("");
  if (!key) key.fail_required();
  const Field op = field["operator"];
  requirement.op =
      op.one_of<std::string>({{"In", "In"}, {"NotIn", "NotIn"}, {"Exists", "Exists"}, {"DoesNotExist", "DoesNotExist"}})
          .value_or("");
  if (!op) op.fail_required();
  const Field values = field["values"];
  requirement.values = values.texts();
  const bool wants_values = requirement.op == "In" || requirement.op == "NotIn";
  if (wants_values && requirement.values.empty()) values.fail("must be specified when `operator` is 'In' or 'NotIn'");
  if (!wants_values && !requirement.values.empty())
    values.fail("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  return requirement;
}

}  // namespace

LabelSelector load_label_selector(const Field& selector) {
  constexpr std::array<std::string_view, 2> kFields = {"matchLabels", "matchExpressions"};
  LabelSelector loaded;
  if (!selector.map(kFields)) return loaded;
  loaded.match_labels = load_labels(selector["matchLabels"]);
  selector["matchExpressions"].each(
      [&](const Field& field) { loaded.match_expressions.push_back(load_requirement(field)); });
  return loaded;
}

std::optional<int> load_weight(const Field& object) {
  const Field metadata = object["metadata"];
  if (!metadata.is_map()) return std::nullopt;
  const Field annotations = metadata["annotations"];
  if (!annotations.is_map()) return std::nullopt;
  const Field field = annotations["naru.io/weight"];
  if (!field || field.value()->type != Value::Type::scalar) return std::nullopt;  // reported with the annotations
  if (scalar_type(*field.value()) != ScalarType::string) return std::nullopt;
  const std::string& text = field.value()->text;
  int weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && weight >= 0 && weight <= kMostWeight) return weight;
  field.fail(fmt::format("{}: must be a number from 0 to {}", quote(text), kMostWeight));
  return std::nullopt;
}

std::optional<std::string> nonempty(const Field& field) {
  auto given = field.text();
  return given && given->empty() ? std::nullopt : given;
}

std::optional<std::string> load_name(const Field& field, Check check) {
  auto given = nonempty(field);
  if (!given) return given;
  if (auto reason = check(*given)) field.fail(*reason);
  return given;
}

Protocol load_protocol(const Field& field) {
  return field.one_of<Protocol>({{"SCTP", Protocol::sctp}, {"TCP", Protocol::tcp}, {"UDP", Protocol::udp}})
      .value_or(Protocol::tcp);
}

std::optional<std::string> not_servable(const IpAddress& ip) {
  const auto& b = ip.bytes();
  if (ip.is_unspecified()) return "may not be unspecified (0.0.0.0 or ::)";
  const bool link_local = ip.is_v4() ? b[0] == 169 && b[1] == 254 : b[0] == 0xfe && (b[1] & 0xc0U) == 0x80;
  if (link_local) return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  const bool multicast = ip.is_v4() ? (b[0] & 0xf0U) == 0xe0 : b[0] == 0xff;
  if (multicast) return "may not be in the multicast range (224.0.0.0/4, ff00::/8)";
  return std::nullopt;
}

std::optional<IpAddress> load_servable_ip(const Field& field) {
  const auto ip = field.ip();
  if (!ip) return std::nullopt;
  const auto reason = not_servable(*ip);
  if (!reason) return ip;
  field.fail(fmt::format("{}: {}", quote(ip->to_string()), *reason));
  return std::nullopt;
}

}  // namespace naru::config
