#include "dns/resolv_conf.h"

#include <algorithm>

#include "base/text.h"

namespace naru::dns {
namespace {

constexpr Port kDnsPort(53);

/// The address of a `nameserver` line.
Result<IpAddress> nameserver(std::string_view line) {
  constexpr std::string_view kKeyword = "nameserver";
  const Error none{Errc::not_found, "no nameserver line"};
  if (!line.starts_with(kKeyword)) return none;
  line.remove_prefix(kKeyword.size());
  const std::string_view rest = trim(line);
  if (rest.empty() || rest.data() == line.data()) return none;  // nothing, or "nameserverfoo"
  return IpAddress::parse(rest.substr(0, rest.find_first_of(" \t#;")));
}

}  // namespace

std::vector<SocketAddress> upstreams_of_resolv_conf(std::string_view text, const std::vector<SocketAddress>& own) {
  std::vector<SocketAddress> upstreams;
  const auto has = [](const std::vector<SocketAddress>& all, const SocketAddress& address) {
    return std::find(all.begin(), all.end(), address) != all.end();
  };
  for (const std::string_view line : split(text, '\n')) {
    const auto ip = nameserver(line);
    if (!ip) continue;
    const SocketAddress upstream{*ip, kDnsPort};
    if (!has(upstreams, upstream) && !has(own, upstream)) upstreams.push_back(upstream);
  }
  return upstreams;
}

std::vector<Name> search_of_resolv_conf(std::string_view text) {
  std::vector<Name> domains;
  for (const std::string_view line : split(text, '\n')) {
    std::vector<std::string_view> words;
    for (std::size_t at = line.find_first_not_of(" \t\r"); at != std::string_view::npos;) {
      const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
      words.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(" \t\r", end);
    }
    if (words.size() < 2 || !line.starts_with(words[0]) || (words[0] != "search" && words[0] != "domain")) continue;
    domains.clear();
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (auto name = Name::parse(words[i]); name && !name->is_root()) domains.push_back(std::move(*name));
    }
  }
  return domains;
}

}  // namespace naru::dns
