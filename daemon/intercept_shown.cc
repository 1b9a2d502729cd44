#include "daemon/intercept_shown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "base/intercepted.h"
#include "daemon/get_output.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_number()) return std::to_string(value.to_number<std::uint64_t>());
  const json::object& object = value.as_object();
  if (const auto* prefix = object.if_contains("prefix")) {
    return fmt::format("{}/{}", text_of(prefix->at("addr")), text_of(prefix->at("len")));
  }
  const json::array& range = object.at("range").as_array();
  return fmt::format("{}-{}", text_of(range.at(0)), text_of(range.at(1)));
}

void read_set(const json::object& set, InterceptShown& shown) {
  const std::string_view name = set.at("name").as_string();
  const auto* elements = set.if_contains("elem");
  if (elements == nullptr) return;
  for (const json::value& element : elements->as_array()) {
    if (name == "uids") shown.uids.push_back(element.to_number<std::uint32_t>());
    if (name == "sidecar") shown.sidecar_uids.push_back(element.to_number<std::uint32_t>());
    if (name.starts_with("cidrs")) shown.cidrs.push_back(text_of(element));
    if (name.starts_with("resolvers")) shown.resolvers.push_back(text_of(element));
  }
}

/// The expression of a rule that has this name, or null.
const json::value* expression(const json::object& rule, std::string_view name) {
  for (const json::value& each : rule.at("expr").as_array()) {
    if (const auto* found = each.as_object().if_contains(name)) return found;
  }
  return nullptr;
}

/// Of the chain that says whose connections are redirected.
void read_selector(const json::object& rule, InterceptShown& shown) {
  if (expression(rule, "jump") == nullptr) return;
  const json::value* match = expression(rule, "match");
  if (match == nullptr) {
    shown.everybody = true;
  } else if (match->at("left").as_object().contains("socket")) {
    shown.cgroups.push_back(text_of(match->at("right")));
  }
}

/// Of the chain that redirects: a rule's comment says what it redirects.
void read_redirection(const json::object& rule, InterceptShown& shown) {
  const auto* comment = rule.if_contains("comment");
  const json::value* counter = expression(rule, "counter");
  if (comment == nullptr || counter == nullptr) return;
  const std::string_view what = comment->as_string();
  const auto packets = counter->at("packets").to_number<std::uint64_t>();
  const json::value* redirect = expression(rule, "redirect");
  const auto port = redirect == nullptr ? std::uint16_t{} : redirect->at("port").to_number<std::uint16_t>();
  if (what == "tcp") shown.port = port;
  if (what == "dns") shown.dns_port = port;
  (what == "tcp" ? shown.tcp : what == "dns" ? shown.dns : shown.udp) += packets;
}

json::array strings(const std::vector<std::string>& words) {
  json::array all;
  for (const std::string& word : words) all.emplace_back(word);
  return all;
}

json::array numbers(const std::vector<std::uint32_t>& given) {
  json::array all;
  for (const std::uint32_t number : given) all.emplace_back(number);
  return all;
}

std::string whose(const InterceptShown& shown) {
  if (shown.everybody) return "everybody";
  std::vector<std::string> words;
  for (const std::uint32_t uid : shown.uids) words.push_back(fmt::format("uid {}", uid));
  for (const std::string& cgroup : shown.cgroups) words.push_back("cgroup " + cgroup);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

Result<InterceptShown> parse_intercept(const std::string& text) try {
  InterceptShown shown;
  const json::value listed = json::parse(text);
  for (const json::value& each : listed.at("nftables").as_array()) {
    const json::object& object = each.as_object();
    if (const auto* set = object.if_contains("set")) read_set(set->as_object(), shown);
    const auto* rule = object.if_contains("rule");
    if (rule == nullptr) continue;
    const bool selects = rule->at("chain").as_string() == "output";
    selects ? read_selector(rule->as_object(), shown) : read_redirection(rule->as_object(), shown);
  }
  return shown;
} catch (const std::exception& error) {
  return Error{Errc::bad_input,
               fmt::format("the rules that are there are not of this naru's making: {}", error.what())};
}

std::string intercept_text(const InterceptShown& shown) {
  std::string text = fmt::format("intercepted  {}\n", whose(shown));
  if (!shown.sidecar_uids.empty()) text += fmt::format("but for      uid {}\n", fmt::join(shown.sidecar_uids, ", "));
  text += fmt::format("to           {}\n", fmt::join(shown.cidrs, ", "));
  text += fmt::format("TCP          to port {} of loopback: {} connections\n", shown.port, shown.tcp);
  text += fmt::format("UDP          to 127.128.0.0/9 and fd6e::/16, ports below {} to {} and up: {} flows\n",
                      kFirstUnprivilegedPort.value(), kLowPortsFirst.value(), shown.udp);
  if (shown.dns_port != 0) {
    text += fmt::format("DNS          of {} to port {} of loopback: {} flows\n", fmt::join(shown.resolvers, ", "),
                        shown.dns_port, shown.dns);
  }
  return text;
}

std::string intercept_json(const std::optional<InterceptShown>& shown) {
  json::object object{{"installed", shown.has_value()}};
  if (shown) {
    object["everybody"] = shown->everybody;
    object["uids"] = numbers(shown->uids);
    object["cgroups"] = strings(shown->cgroups);
    object["sidecarUIDs"] = numbers(shown->sidecar_uids);
    object["cidrs"] = strings(shown->cidrs);
    object["port"] = shown->port;
    object["resolvers"] = strings(shown->resolvers);
    object["dnsPort"] = shown->dns_port == 0 ? json::value() : json::value(shown->dns_port);
    object["redirected"] = {{"tcp", shown->tcp}, {"udp", shown->udp}, {"dns", shown->dns}};
  }
  return to_pretty_json(object) + "\n";
}

}  // namespace naru::daemon
