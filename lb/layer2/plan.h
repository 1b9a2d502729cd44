// Which addresses are announced on which interfaces. Pure.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "lb/layer2/interface.h"
#include "lb/layer2/interface_selection.h"

namespace naru::lb::layer2 {

/// True if `name` matches one of the globs.
[[nodiscard]] bool excluded(const std::string& name, std::span<const std::string> globs);

/// True if "all interfaces" takes this one in for addresses of the family: it speaks ARP (and with it NDP), no bridge
/// or bond speaks for it, and it has an address of the family: that keeps out the host's ends of pods' cables. Whether
/// it is up is another question.
[[nodiscard]] bool eligible(const Interface& interface, Family family);

/// The addresses per index of an interface that is up. A selection that names an interface has it even if it is not
/// eligible or `excluded_globs` match it, as long as it speaks ARP.
[[nodiscard]] std::map<unsigned, std::set<IpAddress>> placements(const std::map<IpAddress, InterfaceSelection>& owned,
                                                                 std::span<const Interface> interfaces,
                                                                 std::span<const std::string> excluded_globs);

}  // namespace naru::lb::layer2
