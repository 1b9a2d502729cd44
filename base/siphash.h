// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits that nobody without the key can foresee.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace naru {

/// As a number; its bytes, least significant first, are the hash as protocols have it.
[[nodiscard]] std::uint64_t siphash24(const std::array<std::uint8_t, 16>& key, std::span<const std::uint8_t> data);

}  // namespace naru
