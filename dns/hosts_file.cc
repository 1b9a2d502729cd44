#include "dns/hosts_file.h"

#include <fmt/format.h>

#include "base/text.h"

namespace naru::dns {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::string_view kBlank = " \t\r";

/// The next word of `line`, which is cut off from it; empty at the end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

class Parser {
 public:
  explicit Parser(const Name& cluster_domain) : domain_(cluster_domain) {}

  void take(std::string_view line, int number) {
    line = line.substr(0, line.find('#'));
    const std::string_view address = next_word(line);
    if (address.empty()) return;
    // A scope, as fe80::1%lo0 has one, means nothing to clients elsewhere.
    const auto ip = IpAddress::parse(address);
    if (!ip) return complain(number, fmt::format("\"{}\" is no IP address", address));
    HostRecord host{*ip, {}};
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) take_name(word, number, host);
    if (!host.names.empty()) file_.hosts.push_back(std::move(host));
  }

  HostsFile finish() { return std::move(file_); }

 private:
  void take_name(std::string_view word, int number, HostRecord& host) {
    auto name = Name::parse(word);
    if (!name || name->is_root()) return complain(number, fmt::format("\"{}\" is no domain name", word));
    if (name->labels() == 1) return;
    if (name->is_at_or_below(domain_)) {
      return complain(number,
                      fmt::format("\"{}\" is within clusterDomain, whose names the cluster's objects give", word));
    }
    host.names.push_back(std::move(*name));
  }

  void complain(int number, std::string reason) {
    if (file_.problems.size() < kMostProblems) file_.problems.push_back({number, std::move(reason)});
  }

  const Name& domain_;
  HostsFile file_;
};

}  // namespace

HostsFile parse_hosts(std::string_view text, const Name& cluster_domain) {
  Parser parser(cluster_domain);
  int number = 0;
  for (const std::string_view line : split(text, '\n')) parser.take(line, ++number);
  return parser.finish();
}

}  // namespace naru::dns
