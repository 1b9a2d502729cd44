#include "lb/layer2/elect.h"

#include <algorithm>

#include "base/sha256.h"

namespace naru::lb::layer2 {
namespace {

struct Ranked {
  std::string_view node;
  std::int64_t preference{};
  Sha256 digest{};
};

Sha256 digest_of(std::string_view node, std::string_view address) {
  std::string text(node);
  text.append("#").append(address);
  return sha256(text);
}

bool better(const Ranked& a, const Ranked& b) {
  if (a.preference != b.preference) return a.preference > b.preference;
  return a.digest < b.digest;
}

std::vector<Ranked> ranked(std::span<const ElectionCandidate> candidates, const IpAddress& address) {
  const std::string text = address.to_string();
  std::vector<Ranked> all;
  all.reserve(candidates.size());
  for (const auto& candidate : candidates) {
    all.push_back({candidate.node, candidate.preference, digest_of(candidate.node, text)});
  }
  return all;
}

}  // namespace

std::vector<std::string_view> ranking(std::span<const ElectionCandidate> candidates, const IpAddress& address) {
  std::vector<Ranked> all = ranked(candidates, address);
  std::sort(all.begin(), all.end(), better);
  std::vector<std::string_view> nodes;
  for (const Ranked& one : all) {
    if (std::find(nodes.begin(), nodes.end(), one.node) == nodes.end()) nodes.push_back(one.node);
  }
  return nodes;
}

std::optional<std::string_view> elect(std::span<const ElectionCandidate> candidates, const IpAddress& address) {
  const std::vector<Ranked> all = ranked(candidates, address);
  const auto best = std::min_element(all.begin(), all.end(), better);
  if (best == all.end()) return std::nullopt;
  return best->node;
}

}  // namespace naru::lb::layer2
