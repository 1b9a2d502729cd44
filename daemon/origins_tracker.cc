#include "daemon/origins_tracker.h"

#include <algorithm>

namespace naru::daemon {
namespace {

const Cidr kLoopback = Cidr::of(IpAddress::v4(0x7f000000), 8);

bool has_other_than_loopback(const std::vector<IpAddress>& addresses) {
  return std::ranges::any_of(addresses, [](const IpAddress& ip) { return !ip.is_loopback(); });
}

void append_hosts(std::vector<Cidr>& to, const std::vector<IpAddress>& addresses) {
  for (const IpAddress& ip : addresses) {
    if (!ip.is_loopback()) to.push_back(Cidr::host(ip));
  }
}

}  // namespace

OriginsTracker::OriginsTracker(std::vector<Cidr> cluster_cidrs) : cluster_cidrs_(std::move(cluster_cidrs)) {
  find_families();
}

void OriginsTracker::set_host(std::vector<IpAddress> addresses, std::vector<Cidr> subnets) {
  host_ = std::move(addresses);
  subnets_ = std::move(subnets);
  changed_ = true;
}

void OriginsTracker::set_nodes(const Nodes& nodes, const std::string& own) {
  pod_cidrs_.clear();
  node_.clear();
  for (const auto& [name, node] : nodes) {
    pod_cidrs_.insert(pod_cidrs_.end(), node->pod_cidrs.begin(), node->pod_cidrs.end());
    if (name != own) continue;
    for (const config::NodeAddress& address : node->addresses) node_.push_back(address.ip);
  }
  find_families();
  changed_ = true;
}

void OriginsTracker::find_families() {
  by_address_.clear();
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto is_of = [&](const Cidr& cidr) { return cidr.family() == family; };
    if (!std::ranges::any_of(cluster_cidrs_, is_of) && !std::ranges::any_of(pod_cidrs_, is_of)) {
      by_address_.push_back(family);
    }
  }
}

void OriginsTracker::set_pods(const std::string& owner, std::vector<IpAddress> addresses) {
  const auto found = told_.find(owner);
  if (found == told_.end() ? addresses.empty() : found->second == addresses) return;
  for (const IpAddress& ip : addresses) changed_ |= pods_[ip]++ == 0;
  if (found != told_.end()) {
    for (const IpAddress& ip : found->second) {
      if (--pods_[ip] != 0) continue;
      pods_.erase(ip);
      changed_ = true;
    }
  }
  if (addresses.empty()) {
    told_.erase(owner);
  } else {
    told_[owner] = std::move(addresses);
  }
}

void OriginsTracker::forget_pods() {
  changed_ |= !pods_.empty();
  told_.clear();
  pods_.clear();
}

proxy::Origins OriginsTracker::make() const {
  std::vector<Cidr> node;
  append_hosts(node, host_);
  append_hosts(node, node_);
  if (has_other_than_loopback(node_)) {
    node.push_back(kLoopback);
    node.push_back(*Cidr::parse("::1/128"));
  }
  std::vector<Cidr> pods = cluster_cidrs_;
  pods.insert(pods.end(), pod_cidrs_.begin(), pod_cidrs_.end());
  for (const auto& [ip, owners] : pods_) {
    if (std::ranges::find(by_address_, ip.family()) != by_address_.end()) pods.push_back(Cidr::host(ip));
  }
  return {CidrSet(std::move(node)), CidrSet(std::move(pods)), subnets_};
}

std::shared_ptr<const proxy::Origins> OriginsTracker::origins() {
  if (!std::exchange(changed_, false)) return origins_;
  proxy::Origins made = make();
  if (made != *origins_) origins_ = std::make_shared<const proxy::Origins>(std::move(made));
  return origins_;
}

}  // namespace naru::daemon
