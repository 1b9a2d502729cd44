// The objects that say where addresses are announced, by name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "config/objects.h"

namespace naru::daemon {

/// By name alone, whatever their namespace, as MetalLB wants all of them in one; Secrets by namespace and name.
class AnnouncingObjects {
 public:
  template <class T>
  using ByName = std::map<std::string, std::shared_ptr<const T>>;
  using SecretName = std::pair<std::string, std::string>;

  void put(const std::shared_ptr<const config::L2Advertisement>& object) { l2_[object->meta.name] = object; }
  void put(const std::shared_ptr<const config::BgpAdvertisement>& object) { bgp_[object->meta.name] = object; }
  void put(const std::shared_ptr<const config::BgpPeer>& object) { peers_[object->meta.name] = object; }
  void put(const std::shared_ptr<const config::BfdProfile>& object) { profiles_[object->meta.name] = object; }
  void put(const std::shared_ptr<const config::Community>& object) { communities_[object->meta.name] = object; }
  void put(const std::shared_ptr<const config::Secret>& object) {
    secrets_[{object->meta.name_space, object->meta.name}] = object;
  }
  /// True if it was one of these and there.
  bool erase(const config::ObjectKey& key) {
    switch (key.kind) {
      case config::Kind::l2_advertisement:
        return l2_.erase(key.name) > 0;
      case config::Kind::bgp_advertisement:
        return bgp_.erase(key.name) > 0;
      case config::Kind::bgp_peer:
        return peers_.erase(key.name) > 0;
      case config::Kind::bfd_profile:
        return profiles_.erase(key.name) > 0;
      case config::Kind::community:
        return communities_.erase(key.name) > 0;
      case config::Kind::secret:
        return secrets_.erase({key.name_space, key.name}) > 0;
      default:
        return false;
    }
  }

  [[nodiscard]] const ByName<config::L2Advertisement>& l2_advertisements() const { return l2_; }
  [[nodiscard]] const ByName<config::BgpAdvertisement>& bgp_advertisements() const { return bgp_; }
  [[nodiscard]] const ByName<config::BgpPeer>& peers() const { return peers_; }
  [[nodiscard]] const ByName<config::BfdProfile>& profiles() const { return profiles_; }
  [[nodiscard]] const ByName<config::Community>& communities() const { return communities_; }
  /// Null if there is none.
  [[nodiscard]] const config::Secret* secret(const std::string& name_space, const std::string& name) const {
    const auto found = secrets_.find({name_space, name});
    return found == secrets_.end() ? nullptr : found->second.get();
  }

 private:
  ByName<config::L2Advertisement> l2_;
  ByName<config::BgpAdvertisement> bgp_;
  ByName<config::BgpPeer> peers_;
  ByName<config::BfdProfile> profiles_;
  ByName<config::Community> communities_;
  std::map<SecretName, std::shared_ptr<const config::Secret>> secrets_;
};

}  // namespace naru::daemon
