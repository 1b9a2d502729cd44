#include <algorithm>

#include "dns/zone.h"

// Names of Pods, and Pods by their addresses.
namespace naru::dns {
namespace {

/// "10-1-0-4" and "fd00--4": the address of which a Pod's name is made.
std::optional<IpAddress> address_of_label(std::string_view label) {
  constexpr std::size_t kLongest = 45;  // of an IPv6 address as text
  if (label.size() > kLongest) return std::nullopt;
  std::string text(label);
  const bool v4 = std::count(text.begin(), text.end(), '-') == 3 && text.find("--") == std::string::npos;
  std::replace(text.begin(), text.end(), '-', v4 ? '.' : ':');
  const auto parsed = IpAddress::parse(text);
  return parsed && label.find('.') == std::string_view::npos ? std::optional(*parsed) : std::nullopt;
}

/// The label that begins at `at`.
std::string_view label_at(std::string_view name, std::size_t at) {
  return name.substr(at + 1, static_cast<unsigned char>(name[at]));
}

}  // namespace

std::optional<IpAddress> Zone::pod_address(std::string_view name, std::span<const std::uint8_t> labels) const {
  if (pod_names_ == PodNames::disabled || labels.size() < 3) return std::nullopt;
  const std::size_t pod_at = labels[2];
  if (label_at(name, pod_at) != "pod" || name.substr(pod_at + 4) != origins_->domain.wire()) return std::nullopt;
  const auto ip = address_of_label(label_at(name, labels[0]));
  if (!ip) return std::nullopt;
  // Known namespaces are held at <namespace>.pod.<domain>.
  if (pod_names_ == PodNames::insecure) return find(name.substr(labels[1])) != nullptr ? ip : std::nullopt;
  const auto* owners = pods_by_address_.find(*ip);
  if (owners == nullptr) return std::nullopt;
  const std::string_view wanted = label_at(name, labels[1]);
  const bool ours = std::ranges::any_of(**owners, [&](const PodName& pod) { return pod.name_space == wanted; });
  return ours ? ip : std::nullopt;
}

const std::string* Zone::pod_namespace(const IpAddress& ip) const {
  const auto* owners = pods_by_address_.find(ip);
  if (owners == nullptr) return nullptr;
  // They are sorted: Pods of one namespace only if the first and the last are.
  const bool one = (*owners)->front().name_space == (*owners)->back().name_space;
  return one ? &(*owners)->front().name_space : nullptr;
}

bool Zone::set_pod(const std::string& name_space, const std::string& name, std::vector<IpAddress> ips) {
  const PodName pod{name_space, name};
  std::sort(ips.begin(), ips.end());
  ips.erase(std::unique(ips.begin(), ips.end()), ips.end());
  const auto* held = pods_.find(pod);
  const std::shared_ptr<const Addresses> before = held != nullptr ? *held : nullptr;
  if (before && *before == ips) return false;
  if (!before) hold_namespace(name_space, 1);
  const auto added = [&](const IpAddress& ip) { return !before || !std::ranges::binary_search(*before, ip); };
  for (const IpAddress& ip : ips) {
    if (added(ip)) add_pod_address(pod, ip);
  }
  if (before) {
    for (const IpAddress& ip : *before) {
      if (!std::ranges::binary_search(ips, ip)) remove_pod_address(pod, ip);
    }
  }
  pods_.set(pod, std::make_shared<const Addresses>(std::move(ips)));
  return true;
}

bool Zone::erase_pod(const std::string& name_space, const std::string& name) {
  const PodName pod{name_space, name};
  const auto* held = pods_.find(pod);
  if (held == nullptr) return false;
  const std::shared_ptr<const Addresses> before = *held;
  for (const IpAddress& ip : *before) remove_pod_address(pod, ip);
  pods_.erase(pod);
  hold_namespace(name_space, ~0U);
  return true;
}

void Zone::add_pod_address(const PodName& pod, const IpAddress& ip) {
  const auto* held = pods_by_address_.find(ip);
  PodNameList owners = held != nullptr ? **held : PodNameList{};
  owners.insert(std::ranges::lower_bound(owners, pod), pod);
  pods_by_address_.set(ip, std::make_shared<const PodNameList>(std::move(owners)));
}

void Zone::remove_pod_address(const PodName& pod, const IpAddress& ip) {
  const auto* held = pods_by_address_.find(ip);
  if (held == nullptr) return;
  PodNameList owners = **held;
  std::erase(owners, pod);
  if (owners.empty()) {
    pods_by_address_.erase(ip);
  } else {
    pods_by_address_.set(ip, std::make_shared<const PodNameList>(std::move(owners)));
  }
}

void Zone::for_each_pod(const std::function<void(const RecordText&)>& visit) const {
  const auto pods = Name::below("pod", origins_->domain);
  if (!pods) return;
  pods_by_address_.for_each([&](const IpAddress& ip, const std::shared_ptr<const PodNameList>& owners) {
    const std::string* last = nullptr;
    for (const PodName& pod : *owners) {
      if (last != nullptr && *last == pod.name_space) continue;
      last = &pod.name_space;
      const auto space = Name::below(pod.name_space, *pods);
      const auto name = space ? Name::below(dashed(ip), *space) : std::nullopt;
      if (name) visit({name->text(), ip.is_v4() ? "A" : "AAAA", ttl(), ip.to_string()});
    }
  });
}

}  // namespace naru::dns
