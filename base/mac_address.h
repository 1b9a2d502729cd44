// Hardware addresses of Ethernet as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace naru {

/// An EUI-48 address; all zeros where there is none yet.
class MacAddress {
 public:
  constexpr MacAddress() = default;
  constexpr explicit MacAddress(const std::array<std::uint8_t, 6>& bytes) : bytes_(bytes) {}
  static constexpr MacAddress broadcast() { return MacAddress({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); }

  [[nodiscard]] constexpr const std::array<std::uint8_t, 6>& bytes() const { return bytes_; }
  /// A group of hosts, broadcast among them (the I/G bit).
  [[nodiscard]] constexpr bool is_group() const { return (bytes_[0] & 1) != 0; }
  [[nodiscard]] constexpr bool is_zero() const { return *this == MacAddress(); }
  [[nodiscard]] std::string to_string() const;  ///< "02:42:ac:11:00:02"

  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;

 private:
  std::array<std::uint8_t, 6> bytes_{};
};

}  // namespace naru
