// "PROXY TCP4 192.0.2.1 198.51.100.1 50000 80\r\n"
#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/text.h"
#include "proxy/proxy_protocol_versions.h"

namespace naru::proxy {
namespace {

constexpr std::size_t kLongestLine = 107;  // with its CRLF, as the protocol's text has it

/// Without sign, space or leading zero.
std::optional<Port> read_port(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return Port(static_cast<std::uint16_t>(value));
}

/// The words after "PROXY".
ProxyFault read_words(const std::vector<std::string_view>& words, ProxyHeader& header) {
  if (words[0] == "UNKNOWN") return ProxyFault::none;
  if (words.size() != 5 || (words[0] != "TCP4" && words[0] != "TCP6")) return ProxyFault::bad_line;
  const Family family = words[0] == "TCP4" ? Family::ipv4 : Family::ipv6;
  const auto source = IpAddress::parse(words[1]);
  const auto destination = IpAddress::parse(words[2]);
  if (!source || !destination) return ProxyFault::bad_address;
  if (source->family() != family || destination->family() != family) return ProxyFault::bad_address;
  const auto source_port = read_port(words[3]);
  const auto destination_port = read_port(words[4]);
  if (!source_port || !destination_port) return ProxyFault::bad_port;
  header.source = SocketAddress{*source, *source_port};
  header.destination = SocketAddress{*destination, *destination_port};
  return ProxyFault::none;
}

/// Where the line's CR is. Not complete: how the line is so far.
ProxyParse find_end(std::string_view bytes) {
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end == std::string_view::npos) return {};
  if (bytes[end] == '\n') return refuse(ProxyFault::bad_line);
  if (end + 1 == bytes.size()) return {};
  if (bytes[end + 1] != '\n') return refuse(ProxyFault::bad_line);
  return {ProxyParse::State::complete, ProxyFault::none, end};
}

}  // namespace

ProxyParse parse_proxy_v1(std::string_view bytes, ProxyHeader& header) {
  const std::string_view allowed = bytes.substr(0, kLongestLine);
  const ProxyParse end = find_end(allowed);
  if (end.state != ProxyParse::State::complete) {
    // A full line without its end can only become longer.
    const bool over = end.state == ProxyParse::State::incomplete && allowed.size() == kLongestLine;
    return over ? refuse(ProxyFault::header_too_large) : end;
  }
  ProxyHeader read;
  const std::size_t begin = kProxyV1Prefix.size();
  const ProxyFault fault = read_words(split(allowed.substr(begin, end.size - begin), ' '), read);
  if (fault != ProxyFault::none) return refuse(fault);
  header = read;
  return {ProxyParse::State::complete, ProxyFault::none, end.size + 2};
}

void append_proxy_v1(std::string& out, const ProxyHeader& header) {
  if (!has_addresses(header)) {
    out.append("PROXY UNKNOWN\r\n");
    return;
  }
  const SocketAddress& source = *header.source;
  const SocketAddress& destination = *header.destination;
  out.append(source.ip.is_v4() ? "PROXY TCP4 " : "PROXY TCP6 ").append(source.ip.to_string()).append(" ");
  out.append(destination.ip.to_string()).append(" ").append(std::to_string(source.port.value())).append(" ");
  out.append(std::to_string(destination.port.value())).append("\r\n");
}

}  // namespace naru::proxy
