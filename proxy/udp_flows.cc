#include "proxy/udp_flows.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace naru::proxy {

UdpLimits UdpLimits::of_this_process() {
  UdpLimits limits;
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY) return limits;
  const std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
  limits.flows = std::clamp<std::size_t>(descriptors.rlim_cur / 2 / workers, 16, limits.flows);
  return limits;
}

void UdpFlows::make_room(const IpAddress& client) {
  const std::size_t own = flows_of(client);
  const std::size_t clients = groups_.size() + (own == 0 ? 1 : 0);
  const std::size_t heaviest = heaviest_ != nullptr ? heaviest_->flows.size() : 0;
  switch (whom_to_displace({size(), clients, own, heaviest, limits_.flows})) {
    case Displaced::nobody:
      return;
    case Displaced::own:
      return groups_.at(client_group(client)).flows.front().displace();
    case Displaced::heaviest:
      return heaviest_->flows.front().displace();
    case Displaced::anyone:
      displace_oldest(nullptr);
  }
}

bool UdpFlows::displace_oldest(const FlowMember* except) {
  const auto found = std::ranges::find_if(recency_, [&](const FlowMember& flow) { return &flow != except; });
  if (found == recency_.end()) return false;
  found->displace();
  return true;
}

void UdpFlows::add(FlowMember& flow, const IpAddress& client) {
  const IpAddress key = client_group(client);
  FlowGroup& group = groups_[key];
  group.client = key;
  flow.group_ = &group;
  group.flows.push_back(flow);
  recency_.push_back(flow);
  if (heaviest_ == nullptr || group.flows.size() > heaviest_->flows.size()) heaviest_ = &group;
}

void UdpFlows::remove(FlowMember& flow) {
  FlowGroup& group = *flow.group_;
  group.flows.erase(group.flows.iterator_to(flow));
  recency_.erase(recency_.iterator_to(flow));
  if (!group.flows.empty()) return;
  if (heaviest_ == &group) heaviest_ = nullptr;
  groups_.erase(IpAddress(group.client));
}

void UdpFlows::touch(FlowMember& flow) {
  auto& flows = flow.group_->flows;
  flows.splice(flows.end(), flows, flows.iterator_to(flow));
  recency_.splice(recency_.end(), recency_, recency_.iterator_to(flow));
}

std::size_t UdpFlows::flows_of(const IpAddress& client) const {
  const auto found = groups_.find(client_group(client));
  return found != groups_.end() ? found->second.flows.size() : 0;
}

}  // namespace naru::proxy
