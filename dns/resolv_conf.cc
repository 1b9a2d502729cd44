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

}  // namespace naru::dns
