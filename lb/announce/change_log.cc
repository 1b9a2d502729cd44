#include "lb/announce/change_log.h"

#include <fmt/format.h>

#include <map>

namespace naru::lb::announce {
namespace {

constexpr std::size_t kHandful = 8;

std::string names(const Layer2Decision& decision) {
  std::string all;
  for (const auto& service : decision.services) all += (all.empty() ? "" : ", ") + service.to_string();
  return all;
}

std::string ceased(const IpAddress& address, const Layer2Decision* now) {
  if (now == nullptr)
    return fmt::format("no longer announcing {}: no Service or no advertisement has it any more", address.to_string());
  const std::string whose =
      now->reason == Reason::lost_election && !now->owner.empty() ? ", now " + now->owner + "'s" : "";
  return fmt::format("no longer announcing {} ({}): {}{}", address.to_string(), names(*now), to_string(now->reason),
                     whose);
}

}  // namespace

std::vector<std::string> change_lines(std::span<const Layer2Decision> before, std::span<const Layer2Decision> after) {
  std::map<IpAddress, const Layer2Decision*> now;
  for (const Layer2Decision& decision : after) now[decision.address] = &decision;
  std::map<IpAddress, bool> had;
  std::vector<std::string> begun;
  std::vector<std::string> ended;
  for (const Layer2Decision& decision : before) {
    if (decision.reason != Reason::announced) continue;
    had[decision.address] = true;
    const auto found = now.find(decision.address);
    const Layer2Decision* next = found == now.end() ? nullptr : found->second;
    if (next == nullptr || next->reason != Reason::announced) ended.push_back(ceased(decision.address, next));
  }
  for (const Layer2Decision& decision : after) {
    if (decision.reason != Reason::announced || had.contains(decision.address)) continue;
    begun.push_back(fmt::format("announcing {} ({})", decision.address.to_string(), names(decision)));
  }
  std::vector<std::string> lines;
  const auto tell = [&](std::vector<std::string>& each, const char* all) {
    if (each.size() > kHandful) each = {fmt::format(fmt::runtime(all), each.size())};
    lines.insert(lines.end(), each.begin(), each.end());
  };
  tell(ended, "no longer announcing {} addresses");
  tell(begun, "announcing {} addresses more");
  return lines;
}

}  // namespace naru::lb::announce
