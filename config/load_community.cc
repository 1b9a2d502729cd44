#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "config/load_advertisement.h"
#include "config/load_meta.h"
#include "config/loaders.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 1> kSpecFields = {"communities"};

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value <= most ? std::optional(value) : std::nullopt;
}

void load_alias(const Field& field, Community& community) {
  constexpr std::array<std::string_view, 2> kFields = {"name", "value"};
  if (!field.map(kFields)) return;
  const Field name = field["name"];
  const Field value = field["value"];
  const auto given_name = nonempty(name);
  const auto given_value = nonempty(value);
  if (!given_name) return name.fail_required();
  if (!given_value) return value.fail_required();
  if (given_name->find(':') != std::string::npos)
    return name.fail(fmt::format("{}: must have no colon, to be told from a value", quote(*given_name)));
  const auto parsed = CommunityValue::parse(*given_value);
  if (!parsed) return value.fail(parsed.error().message);
  if (std::ranges::count(community.aliases, *given_name, &Community::Alias::name) > 0)
    return name.fail(fmt::format("Duplicate value: {}", quote(*given_name)));
  community.aliases.push_back({*given_name, *parsed});
}

}  // namespace

Result<CommunityValue> CommunityValue::parse(std::string_view text) {
  const auto parts = split(text, ':');
  constexpr std::uint32_t kMost16 = std::numeric_limits<std::uint16_t>::max();
  constexpr std::uint32_t kMost32 = std::numeric_limits<std::uint32_t>::max();
  if (parts.size() == 2) {
    const auto a = number(parts[0], kMost16);
    const auto b = number(parts[1], kMost16);
    if (a && b) return CommunityValue{false, *a, *b, 0};
  }
  if (parts.size() == 4 && parts[0] == "large") {
    const auto a = number(parts[1], kMost32);
    const auto b = number(parts[2], kMost32);
    const auto c = number(parts[3], kMost32);
    if (a && b && c) return CommunityValue{true, *a, *b, *c};
  }
  return Error{Errc::bad_input,
               fmt::format("{}: must be a community as in 65535:65281, each number at most 65535, or a large one as in "
                           "large:64512:100:1, each number at most 4294967295",
                           quote(text))};
}

std::string CommunityValue::to_string() const {
  return large ? fmt::format("large:{}:{}:{}", a, b, c) : fmt::format("{}:{}", a, b);
}

std::shared_ptr<const Community> load_community(const Field& object, Meta meta) {
  auto community = std::make_shared<Community>();
  community->meta = std::move(meta);
  load_spec_of(object, kSpecFields, false, [&](const Field& spec) {
    const Field communities = spec["communities"];
    communities.each([&](const Field& field) { load_alias(field, *community); });
  });
  return community;
}

}  // namespace naru::config
