#include "lb/announce/rows.h"

#include <fmt/format.h>

namespace naru::lb::announce {
namespace {

void add_word(std::string& words, const std::string& word) {
  words += (words.empty() ? "" : ",") + word;
}

/// The first fault of an interface that the address was to be announced on.
std::string fault_among(const layer2::InterfaceSelection& selection,
                        std::span<const layer2::InterfaceInfo> interfaces) {
  for (const layer2::InterfaceInfo& interface : interfaces) {
    const bool wanted = selection.all || selection.names.contains(interface.name);
    if (wanted && !interface.fault.empty()) return fmt::format("{}: {}", interface.name, interface.fault);
  }
  return {};
}

}  // namespace

AnnouncementInfo info_of(const Layer2Decision& decision, std::span<const layer2::Announced> announced,
                         std::span<const layer2::InterfaceInfo> interfaces) {
  AnnouncementInfo info;
  info.address = decision.address;
  info.services = decision.services;
  info.protocol = Protocol::layer2;
  info.node = decision.owner;
  info.reason = decision.reason;
  if (decision.reason != Reason::announced) return info;
  for (const layer2::Announced& at : announced) {
    if (at.address != decision.address) continue;
    add_word(info.via, at.interface);
    if (at.conflict && at.conflict->reported) info.conflict = at.conflict->owner.to_string();
  }
  if (!info.via.empty()) return info;
  info.reason = Reason::no_interface;
  info.detail = fault_among(decision.interfaces, interfaces);
  return info;
}

AnnouncementInfo info_of(const BgpDecision& decision, Protocol protocol, const std::string& self) {
  AnnouncementInfo info;
  info.address = decision.address;
  info.services = {decision.service};
  info.protocol = protocol;
  info.via = decision.peer;
  info.reason = decision.reason;
  if (decision.reason == Reason::announced) info.node = self;
  if (decision.prefix) info.detail = decision.prefix->to_string();
  return info;
}

void Since::update(std::vector<AnnouncementInfo>& infos, WallTime now) {
  std::map<Key, State> next;
  for (AnnouncementInfo& info : infos) {
    const Key key{info.address, info.protocol, info.services.empty() ? config::ServiceName{} : info.services.front(),
                  info.protocol == Protocol::bgp ? info.via : std::string()};
    const auto had = states_.find(key);
    const bool same = had != states_.end() && had->second.reason == info.reason && had->second.node == info.node;
    info.since = same ? had->second.since : now;
    next[key] = {info.reason, info.node, info.since};
  }
  states_ = std::move(next);
}

}  // namespace naru::lb::announce
