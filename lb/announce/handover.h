// Which addresses this node has taken over from nodes that go on serving the connections that they have. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/time.h"

namespace naru::lb::announce {

/// What is known of another node. One that has said that it goes still serves what it has.
enum class Neighbour : std::uint8_t { gone, leaving, up };

/// An address moves because its node died, or because it was planned: the node stops in good order, or another one is
/// back and has the better claim. Only then is there somebody who can serve the older connections. Time is an argument
/// that never goes back.
class Handover {
 public:
  /// For how long a node that goes is sent its older connections. Afterwards its clients are better told by a reset.
  static constexpr Duration kLeaving = std::chrono::seconds(30);
  /// The same of a node that stays.
  static constexpr Duration kStaying = std::chrono::minutes(10);

  /// Who announces what, as far as this node can tell, itself included; nobody: left out.
  void owned(const std::map<IpAddress, std::string>& owners, const std::string& self, TimePoint now);
  void heard(const std::string& node, Neighbour state, TimePoint now);
  /// To be called at deadline().
  void elapse(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// The addresses that are being handed over, with the nodes that they come from.
  [[nodiscard]] std::map<IpAddress, std::string> nodes() const;

 private:
  struct Entry {
    std::string node;
    TimePoint until;
  };
  [[nodiscard]] Neighbour state_of(const std::string& node) const;

  std::map<IpAddress, std::string> owners_;
  std::map<IpAddress, Entry> entries_;
  std::map<std::string, Neighbour> neighbours_;
};

}  // namespace naru::lb::announce
