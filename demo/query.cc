#include "demo/query.h"

#include <charconv>

namespace naru::demo {

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view parameter(std::string_view target, std::string_view key) {
  const auto mark = target.find('?');
  auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find('&'));
    if (one.substr(0, one.find('=')) == key && one.size() > key.size()) return one.substr(key.size() + 1);
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  }
  return {};
}

std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace naru::demo
