// The search list of a Pod's resolver, walked here instead of one query after another by the Pod.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"

namespace naru::dns {

struct AutopathOptions {
  bool enabled{};
  std::vector<Name> search;  // of the node's resolv.conf, which Pods have behind the cluster's domains
};

/// The names that a Pod of `name_space` tries after `name` (lower-case wire), if `name` is one that it tried first,
/// made of what its application wanted and the first domain of its search list: the same with each other domain, then
/// what was wanted by itself. Empty if `name` is no such name.
[[nodiscard]] std::vector<Name> names_after(std::string_view name, std::string_view name_space, const Name& domain,
                                            const std::vector<Name>& search);

/// A name to ask upstreams for, and the reply up to the CNAME that leads there.
struct AutopathStep {
  std::string head;
  std::string target;  // wire form
};

/// What is left to try when our zones have nothing, in order; if no upstream has any of them either, `otherwise` is the
/// reply.
struct AutopathWalk {
  std::vector<AutopathStep> steps;
  std::vector<std::uint8_t> otherwise;
  Answer otherwise_answer;
};

/// Where `answered` is that there is no such name, and the zone knows `client` for a Pod: the answer for the first name
/// of its search list that is there. If upstreams must be asked for that, `walk` says for what. Else `answered` itself.
[[nodiscard]] Answer walk_search_list(const Answer& answered, std::span<const std::uint8_t> message, const Query& query,
                                      const IpAddress& client, const Zone& zone, const AutopathOptions& autopath,
                                      const AnswerOptions& options, std::span<std::uint8_t> out,
                                      std::shared_ptr<const AutopathWalk>& walk);

}  // namespace naru::dns
