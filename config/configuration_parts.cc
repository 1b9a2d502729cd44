// Parts that NaruConfiguration and KubeProxyConfiguration share.
#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "config/configuration_kinds.h"

namespace naru::config {
namespace {

std::optional<Port> port_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const auto port = Port::from(number);
  return port ? std::optional(*port) : std::nullopt;
}

}  // namespace

bool has_api_version(const Field& root, std::string_view wanted) {
  const Field field = root["apiVersion"];
  const auto given = field.text();
  if (given && *given == wanted) return true;
  if (!field) {
    field.fail_required();
  } else if (given) {
    const std::string_view supported[] = {wanted};
    field.fail_unsupported(*given, supported);
  }
  return false;
}

std::vector<SocketAddress> load_socket_addresses(const Field& list) {
  std::vector<SocketAddress> addresses;
  list.each([&](const Field& element) {
    const auto text = element.text();
    if (!text) return;
    const auto address = SocketAddress::parse(*text);
    if (!address) return element.fail(address.error().message);
    addresses.push_back(*address);
  });
  return addresses;
}

void load_bind_address(const Field& field, std::optional<SocketAddress>& address) {
  const auto text = field.text();
  if (!text) return;
  if (text->empty() || *text == "none") return address.reset();
  const auto given = SocketAddress::parse(*text);
  if (given) {
    address = *given;
  } else {
    field.fail(given.error().message + " (\"none\" turns it off)");
  }
}

void load_node_port_addresses(const Field& list, NodePortAddresses& addresses) {
  list.each([&](const Field& element) {
    const auto text = element.text();
    if (!text) return;
    if (*text == "primary") {
      addresses.primary = true;
    } else if (*text == "localhost") {
      addresses.localhost = true;
    } else if (*text == "all") {
      addresses.all = true;
    } else if (const auto cidr = Cidr::parse(*text)) {
      addresses.cidrs.push_back(*cidr);
    } else {
      element.fail(cidr.error().message + "; primary, localhost and all are possible too");
    }
  });
}

void load_port_range(const Field& field, PortRange& range) {
  const auto text = field.text();
  if (!text) return;
  const auto parts = split(*text, '-');
  const auto first = parts.size() == 2 ? port_of(trim(parts[0])) : std::nullopt;
  const auto last = parts.size() == 2 ? port_of(trim(parts[1])) : std::nullopt;
  if (!first || !last || *last < *first) {
    return field.fail(fmt::format("'{}' is not a range of ports, such as 30000-32767", *text));
  }
  range = {*first, *last};
}

}  // namespace naru::config
