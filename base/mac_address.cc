#include "base/mac_address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace naru {

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}", fmt::join(bytes_, ":"));
}

}  // namespace naru
