#include "runtime/intercept_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/intercepted.h"

namespace naru::runtime {
namespace {

struct Words {
  Family family;
  std::string_view ip;        // in nft's language
  std::string_view type;      // of an address in a set
  std::string_view suffix;    // of our sets
  std::string_view kept;      // bits of an intercepted address that its local address has too
  std::string_view replaced;  // the others
};

constexpr Words kFamilies[] = {
    {Family::ipv4, "ip", "ipv4_addr", "4", "0.127.255.255", "127.128.0.0"},
    {Family::ipv6, "ip6", "ipv6_addr", "6", "::ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd6e::"},
};

/// The script under construction.
class Script {
 public:
  /// `flags`: of the set, each ended by a semicolon.
  void set(std::string_view name, std::string_view type, std::string_view flags,
           const std::vector<std::string>& elements) {
    add("set", fmt::format("{} {{ type {}; {}elements = {{ {} }} }}", name, type, flags, fmt::join(elements, ", ")));
  }
  void output_rule(std::string_view words) { add("rule", fmt::format("output {}", words)); }
  void rule(std::string_view words) { add("rule", fmt::format("redirected {}", words)); }
  void add(std::string_view what, std::string_view words) {
    text_ += fmt::format("add {} inet {} {}\n", what, kInterceptTable, words);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_{intercept_removal_script() + fmt::format("add table inet {}\n", kInterceptTable)};
};

template <class T>
std::vector<std::string> of_family(const std::vector<T>& all, Family family) {
  std::vector<std::string> words;
  for (const T& each : all) {
    if (each.family() == family) words.push_back(each.to_string());
  }
  return words;
}

std::vector<std::string> numbers(const std::vector<std::uint32_t>& uids) {
  std::vector<std::string> words;
  std::ranges::transform(uids, std::back_inserter(words), [](std::uint32_t uid) { return std::to_string(uid); });
  return words;
}

void add_whose(Script& script, const InterceptRules& rules) {
  if (!rules.sidecar_uids.empty()) {
    script.set("sidecar", "uid", "", numbers(rules.sidecar_uids));
    script.output_rule("meta skuid @sidecar return");
  }
  if (rules.everybody) return script.output_rule("jump redirected");
  if (!rules.uids.empty()) {
    script.set("uids", "uid", "", numbers(rules.uids));
    script.output_rule("meta skuid @uids jump redirected");
  }
  for (const CgroupSelector& cgroup : rules.cgroups) {
    script.output_rule(fmt::format("socket cgroupv2 level {} \"{}\" jump redirected", cgroup.level, cgroup.path));
  }
}

/// Before the others: a resolver's address may well be a Service's.
void add_dns(Script& script, const InterceptRules& rules, const Words& words) {
  const auto resolvers = of_family(rules.resolvers, words.family);
  if (!rules.dns_port || resolvers.empty()) return;
  script.set(fmt::format("resolvers{}", words.suffix), words.type, "", resolvers);
  for (const std::string_view protocol : {"udp", "tcp"}) {
    script.rule(fmt::format("{} daddr @resolvers{} {} dport 53 counter redirect to :{} comment \"dns\"", words.ip,
                            words.suffix, protocol, rules.dns_port->value()));
  }
}

void add_services(Script& script, const InterceptRules& rules, const Words& words) {
  const auto cidrs = of_family(rules.cidrs, words.family);
  if (cidrs.empty()) return;
  script.set(fmt::format("cidrs{}", words.suffix), words.type, "flags interval; auto-merge; ", cidrs);
  const auto to = fmt::format("{} daddr @cidrs{}", words.ip, words.suffix);
  script.rule(fmt::format("{} meta l4proto tcp counter redirect to :{} comment \"tcp\"", to, rules.port.value()));
  const auto local = fmt::format("dnat {0} to {0} daddr & {1} | {2}", words.ip, words.kept, words.replaced);
  script.rule(fmt::format("{} udp dport < {} counter {} : udp dport | {} comment \"udp\"", to,
                          kFirstUnprivilegedPort.value(), local, kLowPortsFirst.value()));
  script.rule(fmt::format("{} udp dport != {}-{} counter {} comment \"udp\"", to, kLowPortsFirst.value(),
                          kLowPortsLast.value(), local));
}

}  // namespace

std::string intercept_removal_script() {
  return fmt::format("add table inet {0}\ndelete table inet {0}\n", kInterceptTable);
}

std::string intercept_script(const InterceptRules& rules) {
  Script script;
  // Where destinations are rewritten, of what this namespace sends itself.
  script.add("chain", "output { type nat hook output priority -100; policy accept; }");
  script.add("chain", "redirected");
  add_whose(script, rules);
  for (const Words& words : kFamilies) add_dns(script, rules, words);
  for (const Words& words : kFamilies) add_services(script, rules, words);
  return script.take();
}

}  // namespace naru::runtime
